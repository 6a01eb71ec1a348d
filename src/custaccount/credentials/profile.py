"""My data: what is known of the person, whatever company it acts for."""

import attrs

from custaccount.credentials.model import ProfileChanged, Theme, User
from custaccount.credentials.ports import CredentialsReading, CredentialsWork
from custaccount.facilities.audit import changes_of
from custaccount.facilities.fields import FieldKind, FieldSchema, FieldSpec, check
from custaccount.kernel.access import Person
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import Stale, TryAgain
from custaccount.kernel.i18n import Language
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable

AUDITED = ("language", "theme")
"""What the audit trail tells of a profile, before and after …"""
AUDITED_BY_NAME = ("name", "phone")
"""… and of what only that it changed, for an entry is for good."""


PROFILE = FieldSchema(
    (FieldSpec(key="name", required=True), FieldSpec(key="phone", kind=FieldKind.PHONE))
)
"""What a person says of itself."""


@attrs.frozen(kw_only=True)
class Profile:
    """What a person sees of itself."""

    name: str
    phone: str
    """In E.164, or empty."""
    email: EmailAddress | None
    """Changed by ``EmailChange``, for it has to be proven."""
    language: Language | None
    """None: as the portal or the browser has it."""
    theme: Theme
    version: int
    """What a form gives back, so that nobody overwrites what another window changed."""


@attrs.frozen(kw_only=True)
class MyProfile:
    """Shows and changes what is known of who is signed in."""

    _reading: Reading[CredentialsReading] = attrs.field(alias="reading")
    _begin: Begin[CredentialsWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")

    def look(self, person: Person) -> Profile:
        """Return what is known."""
        person.require_own_password()
        with self._reading() as view:
            return _profile(view.users.get(person.scope, person.user))

    @repeatable
    def change(self, person: Person, *, name: str, phone: str, version: int) -> Profile:
        """Change name and telephone number.

        Args:
            person: Who is signed in.
            name: Up to 100 printable characters.
            phone: With its country's prefix (``+49 …``), or empty.
            version: The version that was changed.

        Raises:
            InvalidFields: with every field that does not hold.
            Stale: it was changed in the meantime.
        """
        person.require_own_password()
        kept = check(PROFILE, {"name": name, "phone": phone})
        with self._begin(person) as work:
            user = work.users.get(person.scope, person.user)
            if user.version != version:
                raise Stale(kind="user", id=user.id, version=user.version)
            wanted = attrs.evolve(user, name=kept["name"], phone=kept.get("phone", ""))
            user = self._save(work, person, user, wanted)
            work.commit()
        return _profile(user)

    @repeatable
    def prefer(
        self, person: Person, *, language: Language | None = None, theme: Theme | None = None
    ) -> Profile:
        """Remember a language or a look; what is not given stays as it is."""
        with self._begin(person) as work:
            user = work.users.get(person.scope, person.user)
            wanted = attrs.evolve(
                user, language=language or user.language, theme=theme or user.theme
            )
            try:
                user = self._save(work, person, user, wanted)
            except Stale as rival:  # a choice overwrites nothing else: look again
                raise TryAgain from rival
            work.commit()
        return _profile(user)

    def _save(self, work: CredentialsWork, person: Person, before: User, after: User) -> User:
        if after == before:
            return before
        changes = changes_of(before, after, shown=AUDITED, named=AUDITED_BY_NAME)
        kept = work.users.save(person.scope, after)
        work.record(ProfileChanged(at=self._clock(), user=kept.id, changes=changes))
        return kept


def _profile(user: User) -> Profile:
    return Profile(
        name=user.name,
        phone=user.phone,
        email=user.email,
        language=user.language,
        theme=user.theme,
        version=user.version,
    )
