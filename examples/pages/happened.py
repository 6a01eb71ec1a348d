"""What happened, in words: each event of the audit trail as people read it."""

from __future__ import annotations

from collections.abc import Mapping

from custaccount.kernel.i18n import N_, Language, Text

EVENTS: Mapping[str, str] = {
    "credentials.email_change_requested": N_("Another mail address was asked for"),
    "credentials.email_change_undone": N_("The mail address was taken back"),
    "credentials.email_changed": N_("The mail address was changed"),
    "credentials.many_sign_ins_failed": N_("Many sign-ins failed"),
    "credentials.password_confirmed": N_("The password was asked for again"),
    "credentials.password_set": N_("A password was chosen"),
    "credentials.profile_changed": N_("The profile was changed"),
    "credentials.reset_requested": N_("A link for a new password was asked for"),
    "credentials.sessions_ended": N_("Sign-ins elsewhere were ended"),
    "credentials.sign_in_failed": N_("A sign-in failed"),
    "credentials.signed_in": N_("Somebody signed in"),
    "credentials.signed_out": N_("Somebody signed out"),
    "credentials.stored_hash_unusable": N_("A stored password could not be read"),
    "credentials.user_blocked": N_("A login was blocked"),
    "credentials.user_unblocked": N_("A login was unblocked"),
    "customers.added": N_("A customer was added"),
    "customers.address_changed": N_("The address book was changed"),
    "customers.changed": N_("The customer was changed"),
    "customers.group_changed": N_("A customer group was changed"),
    "customers.register_imported": N_("The register was imported"),
    "membership.company_chosen": N_("A company was chosen to act for"),
    "membership.invitation_ended": N_("An invitation ended"),
    "membership.member_added": N_("A user was added"),
    "membership.member_invited": N_("Somebody was invited"),
    "membership.member_removed": N_("A user was removed"),
    "membership.member_resumed": N_("A user may act again"),
    "membership.member_suspended": N_("A user was suspended"),
    "membership.role_book_changed": N_("The company's own roles were changed"),
    "membership.roles_changed": N_("A user's roles were changed"),
    "notifications.delivery_given_up": N_("A delivery was given up"),
    "notifications.delivery_revived": N_("A delivery is tried again"),
    "notifications.letter_dropped": N_("A mail was not sent"),
    "numbers.range_changed": N_("A number range was changed"),
    "numbers.range_reserved": N_("Numbers were reserved"),
    "numbers.run_low": N_("A number range is running low"),
    "numbers.run_out": N_("A number range has run out"),
    "ordering.order_copied": N_("An order was put into the cart again"),
    "orders.kept": N_("An order was kept"),
    "portals.changed": N_("A portal was changed"),
    "portals.closed": N_("A portal was switched off"),
    "portals.created": N_("A portal was made"),
    "portals.opened": N_("A portal was switched on"),
    "portals.realm_founded": N_("The seller was set up"),
    "pricing.list_attached": N_("A price list was attached"),
    "pricing.list_created": N_("A price list was made"),
    "pricing.prices_replaced": N_("Prices were replaced"),
    "registration.access_requested": N_("Access was asked for"),
    "registration.account_activated": N_("An account became active"),
    "registration.address_proven": N_("A mail address was proven"),
    "registration.claim_refused": N_("A login was linked to nobody"),
    "registration.claim_stored": N_("Staff have to say whose an address is"),
    "registration.draft_taken": N_("A first order was taken over"),
    "registration.first_sign_in_requested": N_("A first sign-in was asked for"),
    "registration.join_requested": N_("Somebody asked to join the company"),
    "registration.registered": N_("Somebody registered"),
    "registration.rejected": N_("A registration was rejected"),
    "registration.released": N_("A registration was released"),
    "registration.staff_password_given": N_("A first password was handed over"),
    "staff.appointed": N_("A colleague was appointed"),
    "staff.blocked": N_("A colleague was blocked"),
    "staff.grants_changed": N_("What a colleague may do was changed"),
    "staff.password_handed": N_("A colleague was handed a password"),
    "staff.password_set": N_("A colleague chose a password"),
    "staff.reset_requested": N_("A colleague asked for a new password"),
    "staff.sign_in_failed": N_("A sign-in of staff failed"),
    "staff.signed_in": N_("A colleague signed in"),
    "staff.signed_out": N_("A colleague signed out"),
    "staff.stored_hash_unusable": N_("A colleague's stored password could not be read"),
    "staff.unblocked": N_("A colleague was let in again"),
}
"""By the name of the event; a host's own are not among them."""


def happened(event: str, language: Language) -> str:
    """Say what an event means; its name, if there are no words for it."""
    words = EVENTS.get(event)
    return event if words is None else Text(words).in_(language)
