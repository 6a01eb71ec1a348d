"""What a portal asked, as it was answered: read once, all problems at once."""

from collections.abc import Mapping, Sequence

from custaccount.facilities.fields import check
from custaccount.kernel.errors import InvalidFields, Problem
from custaccount.kernel.i18n import N_, Text
from custaccount.kernel.text import EmailAddress, EmailInvalid
from custaccount.portals.model import AccountKind, Portal


def told(
    portal: Portal,
    kind: AccountKind,
    answers: Mapping[str, object],
    *,
    also: Sequence[Problem] = (),
) -> Mapping[str, str]:
    """Read the master data the portal asks of an account of this kind.

    Raises:
        InvalidFields: with everything that does not hold, and what is wrong besides.
    """
    problems = list(also)
    if kind not in portal.policies.account_kinds:
        text = Text(N_("This kind of account is not offered here."))
        problems.append(Problem(field="kind", code="registration.invalid", text=text))
    kept: Mapping[str, str] = {}
    try:
        kept = check(portal.policies.asked_of(kind), answers)
    except InvalidFields as refusal:
        problems.extend(refusal.problems)
    if problems:
        raise InvalidFields(problems=tuple(problems))
    return kept


def told_by_person(
    portal: Portal,
    kind: AccountKind,
    email: object,
    answers: Mapping[str, object],
    *,
    also: Sequence[Problem] = (),
) -> tuple[EmailAddress, Mapping[str, str]]:
    """Read the same with the mail address of who answers.

    Raises:
        InvalidFields: with everything that does not hold, and what is wrong besides.
    """
    try:
        address = EmailAddress.parse(email)
    except EmailInvalid as refusal:
        wrong = Problem(field="email", code=refusal.code, text=refusal.text)
        told(portal, kind, answers, also=(wrong, *also))
        raise
    return address, told(portal, kind, answers, also=also)
