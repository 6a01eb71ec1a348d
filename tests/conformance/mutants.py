"""Which mutant is run in which suite, and which promise must catch it."""

from collections.abc import Sequence

from custaccount import conformance
from custaccount.conformance import Suite
from tests.conformance import (
    account_storages,
    member_storages,
    neighbours,
    staff_storages,
    storages,
    units,
)

MUTANTS: Sequence[tuple[type, type[Suite], str]] = (
    (
        storages.ReadsThenConsumes,
        conformance.TicketsSuite,
        "test_of_any_number_of_rivals_one_gets_the_ticket",
    ),
    (
        storages.ReadsThenTakes,
        conformance.NumbersSuite,
        "test_rivals_get_different_numbers",
    ),
    (
        storages.CountsAnew,
        conformance.NumbersSuite,
        "test_a_number_taken_since_is_not_given_back",
    ),
    (
        storages.HoldsNothing,
        conformance.NumbersSuite,
        "test_a_range_that_is_held_is_decided_on_as_it_is",
    ),
    (
        storages.ForgetsThePurpose,
        conformance.TicketsSuite,
        "test_a_ticket_is_good_for_its_purpose_only",
    ),
    (storages.ForgetsTheVersion, conformance.UsersSuite, "test_an_older_version_is_not_kept"),
    (storages.ForgetsTheVersion, conformance.WorkSuite, "test_rivals_do_not_overwrite_each_other"),
    (storages.ForgetsTheRealm, conformance.UsersSuite, "test_another_realms_user_is_like_none"),
    (storages.UndoesASignIn, conformance.UsersSuite, "test_a_sign_in_since_is_not_undone"),
    (storages.LosesZeros, conformance.PortalsSuite, "test_an_address_is_compared_exactly"),
    (storages.SavesWhatItCan, conformance.CustomersSuite, "test_customers_are_saved_all_or_none"),
    (
        storages.ShowsEverybodysTrail,
        conformance.AuditSuite,
        "test_another_realms_entries_are_like_none",
    ),
    (
        storages.ForgetsTheCustomerOfAnOrder,
        conformance.OrdersSuite,
        "test_another_customers_order_is_like_none",
    ),
    (
        storages.ForgetsTheCustomerOfAMembership,
        conformance.MembershipsSuite,
        "test_another_customers_member_is_like_none",
    ),
    (storages.BreaksTiesWrongly, conformance.OrdersSuite, "test_pages_follow_each_other"),
    (
        storages.ForgetsTheFence,
        conformance.OutboxSuite,
        "test_a_relay_that_comes_late_changes_nothing",
    ),
    (storages.ForgetsTheLease, conformance.OutboxSuite, "test_two_relays_never_hold_one_event"),
    (storages.ForgetsWhoHadIt, conformance.OutboxSuite, "test_who_had_it_is_kept"),
    (storages.PurgesTheDead, conformance.OutboxSuite, "test_old_deliveries_are_purged"),
    (storages.TurnsPagesByMoment, conformance.AuditSuite, "test_pages_follow_each_other"),
    (storages.RoundsAmounts, conformance.PricesSuite, "test_prices_come_back_exact"),
    (storages.ComparesLoosely, conformance.PricesSuite, "test_a_list_is_found_by_its_key"),
    (storages.GoesBackInTime, conformance.SessionsSuite, "test_use_moves_forward_only"),
    (
        account_storages.HandsADraftOutTwice,
        conformance.DraftsSuite,
        "test_of_any_number_of_rivals_one_gets_the_draft",
    ),
    (account_storages.ForgetsWhoseDraftItIs, conformance.DraftsSuite, "test_a_draft_is_its_users"),
    (
        account_storages.KeepsTheOlderRegistration,
        conformance.RegistrationsSuite,
        "test_a_newer_registration_replaces_the_older_one",
    ),
    (
        account_storages.SavesWhatIsGone,
        conformance.RegistrationsSuite,
        "test_what_was_replaced_is_not_saved",
    ),
    (
        account_storages.TurnsTheQueueByMoment,
        conformance.RegistrationsSuite,
        "test_pages_of_the_queue_follow_each_other",
    ),
    (
        account_storages.InvitesTwice,
        conformance.InvitationsSuite,
        "test_an_address_has_one_open_invitation_of_a_customer",
    ),
    (
        account_storages.InvitesTwice,
        conformance.InvitationsSuite,
        "test_of_rivals_to_invite_an_address_one_wins",
    ),
    (
        account_storages.InvitesOnce,
        conformance.InvitationsSuite,
        "test_an_address_may_be_invited_again",
    ),
    (
        account_storages.GivesACodeTwice,
        conformance.MembershipsSuite,
        "test_of_rivals_for_a_user_code_one_wins",
    ),
    (
        account_storages.NamesTheRemoved,
        conformance.UsersSuite,
        "test_a_removed_member_is_not_found_by_number",
    ),
    (
        account_storages.EndsTheKeptOne,
        conformance.SessionsSuite,
        "test_all_other_sessions_of_a_user_are_ended",
    ),
    (
        account_storages.EndsAnybodys,
        conformance.SessionsSuite,
        "test_one_session_of_a_user_is_ended_by_its_name",
    ),
    (
        account_storages.ConfirmsBackwards,
        conformance.SessionsSuite,
        "test_a_confirmation_moves_forward_only",
    ),
    (
        account_storages.ForgetsTheCustomerOfAnAddress,
        conformance.AddressesSuite,
        "test_another_customers_address_is_like_none",
    ),
    (
        account_storages.SharesTheDetails,
        conformance.CustomersSuite,
        "test_what_was_given_is_kept_as_it_was_then",
    ),
    (
        account_storages.CountsTheBlocked,
        conformance.RegisterSuite,
        "test_users_who_can_not_sign_in_are_not_counted",
    ),
    (
        account_storages.HidesTheExpired,
        conformance.RegisterSuite,
        "test_the_newest_open_invitation_shows",
    ),
    (
        account_storages.MultipliesWhatItJoins,
        conformance.RegisterSuite,
        "test_nothing_is_counted_twice",
    ),
    (
        account_storages.FiltersThePage,
        conformance.RegisterSuite,
        "test_a_page_is_full_whatever_is_left_out",
    ),
    (
        account_storages.TakesSignsForWildcards,
        conformance.RegisterSuite,
        "test_no_sign_stands_for_another",
    ),
    (
        member_storages.NotesBackwards,
        conformance.MembershipsSuite,
        "test_acting_is_noted_forward_only",
    ),
    (
        member_storages.UndoesActing,
        conformance.MembershipsSuite,
        "test_a_save_leaves_when_it_was_last_acted_in",
    ),
    (
        member_storages.SortsTheGroups,
        conformance.MembershipsSuite,
        "test_a_standing_has_what_the_groups_have_switched",
    ),
    (
        member_storages.ForgetsTheEpochOfRoles,
        conformance.MembershipsSuite,
        "test_a_standing_has_the_roles_the_customer_made",
    ),
    (
        member_storages.ForgetsTheVersionOfABook,
        conformance.RoleBooksSuite,
        "test_of_rivals_for_a_version_one_gets_it",
    ),
    (
        member_storages.ForgetsTheVersionOfABook,
        conformance.RoleBooksSuite,
        "test_a_book_is_begun_once",
    ),
    (
        member_storages.WritesOnlyWhatChanged,
        conformance.RoleBooksSuite,
        "test_a_book_gets_a_new_version_though_nothing_changed",
    ),
    (
        member_storages.WritesOnlyWhatChanged,
        conformance.RoleBooksSuite,
        "test_of_rivals_for_a_version_one_gets_it",
    ),
    (
        member_storages.SharesTheRoles,
        conformance.RoleBooksSuite,
        "test_another_realms_book_is_another",
    ),
    (
        member_storages.ForgetsTheDepth,
        conformance.RoleBooksSuite,
        "test_every_permission_is_kept_at_every_depth",
    ),
    (
        member_storages.ForgetsTheVersionOfAGroup,
        conformance.CustomersSuite,
        "test_an_older_version_of_a_group_is_not_kept",
    ),
    (
        member_storages.ForgetsTheVersionOfAGroup,
        conformance.CustomersSuite,
        "test_of_rivals_to_switch_a_group_one_wins",
    ),
    (
        member_storages.KeepsWhatIsOff,
        conformance.PortalsSuite,
        "test_what_a_portal_decides_is_kept_whole",
    ),
    (
        member_storages.TakesEveryInviterForAUser,
        conformance.InvitationsSuite,
        "test_who_invited_is_kept",
    ),
    (
        member_storages.TellsEverybodysTrail,
        conformance.AuditSuite,
        "test_entries_about_a_customer_are_its_own",
    ),
    (
        member_storages.TellsWhomItNames,
        conformance.AuditSuite,
        "test_entries_about_a_customer_are_its_own",
    ),
    (
        member_storages.TellsTheWholeTrail,
        conformance.AuditSuite,
        "test_only_named_events_are_told_of_a_customer",
    ),
    (
        member_storages.ListsEverybodysOrders,
        conformance.OrdersSuite,
        "test_an_author_has_the_own_orders",
    ),
    (
        member_storages.OpensEverybodysOrders,
        conformance.OrdersSuite,
        "test_to_an_author_anothers_order_is_like_none",
    ),
    (
        member_storages.FiltersAPageByAuthor,
        conformance.OrdersSuite,
        "test_an_author_has_the_own_orders",
    ),
    (
        member_storages.AsksTheWrongPeople,
        conformance.RegistrationsSuite,
        "test_a_customers_administrators_are_asked_about_claims",
    ),
    (
        member_storages.AsksForEver,
        conformance.RegistrationsSuite,
        "test_who_was_answered_is_asked_about_no_more",
    ),
    (
        member_storages.DecidesWhoEnters,
        conformance.RegisterSuite,
        "test_a_status_that_lets_nobody_in_counts_nobody",
    ),
    (
        staff_storages.ForgetsGrantsElsewhere,
        conformance.StaffSuite,
        "test_a_staff_member_comes_back_as_it_was",
    ),
    (
        staff_storages.ForgetsTheRealmOfStaff,
        conformance.StaffSuite,
        "test_another_realms_staff_are_like_none",
    ),
    (
        staff_storages.KeepsOneTableOfSessions,
        conformance.StaffSessionsSuite,
        "test_a_session_is_no_users",
    ),
    (
        staff_storages.TurnsStaffBackInTime,
        conformance.StaffSessionsSuite,
        "test_use_moves_forward_only",
    ),
    (
        units.ForgetsTheTrail,
        conformance.WorkSuite,
        "test_an_event_is_told_with_its_change_or_not_at_all",
    ),
    (units.TellsAtOnce, conformance.WorkSuite, "test_a_unit_that_is_left_is_rolled_back"),
    (units.CommitsOnLeaving, conformance.WorkSuite, "test_a_unit_that_is_left_is_rolled_back"),
    (units.SurvivesErrors, conformance.WorkSuite, "test_nothing_follows_an_error"),
    (units.Nests, conformance.WorkSuite, "test_units_do_not_nest"),
    (units.SnapshotMoves, conformance.WorkSuite, "test_a_snapshot_does_not_move"),
    (units.LosesRivals, conformance.UsersSuite, "test_of_rivals_for_an_address_one_wins"),
    (
        units.LosesRivals,
        conformance.MembershipsSuite,
        "test_of_rivals_to_add_a_member_one_wins",
    ),
    (
        neighbours.TakesSilenceForNothing,
        conformance.ErpSuite,
        "test_an_erp_that_does_not_answer_is_unavailable",
    ),
    (
        neighbours.TrustsTheOrderId,
        conformance.ErpSuite,
        "test_another_customers_order_is_like_none",
    ),
    (
        neighbours.KnowsNoAuthors,
        conformance.ErpSuite,
        "test_to_an_author_anothers_order_is_like_none",
    ),
    (units.LosesRivals, conformance.RoleBooksSuite, "test_of_rivals_to_begin_a_book_one_does"),
    (
        neighbours.SwallowsRefusals,
        conformance.MailerSuite,
        "test_a_mail_that_is_not_taken_is_refused",
    ),
    (
        neighbours.NumbersEachMail,
        conformance.MailerSuite,
        "test_a_repeated_mail_carries_the_same_id",
    ),
    (neighbours.AddsTwice, conformance.CartSuite, "test_a_key_adds_once"),
    (neighbours.SaysItAddedAgain, conformance.CartSuite, "test_a_key_adds_once"),
    (neighbours.ForgetsItsKeys, conformance.CartSuite, "test_a_cart_knows_the_keys_it_has"),
    (neighbours.SharesTheKeys, conformance.CartSuite, "test_another_owners_cart_is_empty"),
    (neighbours.SharesTheCart, conformance.CartSuite, "test_another_owners_cart_is_empty"),
    (neighbours.MixesRealms, conformance.LimitsSuite, "test_realms_are_counted_apart"),
    (neighbours.LetsOneMorePass, conformance.LimitsSuite, "test_as_many_pass_as_may"),
    (
        neighbours.KnowsWholeFieldsOnly,
        conformance.MatcherSuite,
        "test_a_field_of_several_addresses_is_found_by_each",
    ),
    (
        neighbours.TakesSilenceForNobody,
        conformance.MatcherSuite,
        "test_an_erp_that_does_not_answer_is_no_answer",
    ),
)
"""Each mutant, the suite it is run in, and the promise that must catch it."""
