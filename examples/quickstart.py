"""A customer the shop knows signs in for the first time, sees its prices and orders again."""

import secrets
from datetime import UTC, datetime
from decimal import Decimal

from custaccount import Currency, Language, Money, Staff
from custaccount.accounts import CustomerAccounts, Delivery
from custaccount.adapters.memory import MemoryCart, MemoryErp, MemoryMailer, MemoryStorage
from custaccount.kernel.access import STAFF_PERMISSIONS
from custaccount.orders import Order, OrderLine, OrderStatus, OrderSummary
from custaccount.pricing import PriceRow

# Your shop's neighbours go in, services come out.
erp, mailer, eur = MemoryErp(), MemoryMailer(), Currency("EUR")
accounts = CustomerAccounts(
    storage=MemoryStorage(),
    erp=erp,
    mailer=mailer,
    cart=MemoryCart(),
    delivery=Delivery.BY_RELAY,
    secret_keys=[secrets.token_urlsafe(32)],
    base_url="http://127.0.0.1:8000",
)

# Staff found a realm with a portal, import a customer and give everybody a price.
staff = Staff(realm="moewenkontor", id="ida", name="Ida Jansen", permissions=STAFF_PERMISSIONS)
accounts.portal_desk.found_realm(staff, "Möwenkontor")
portal = accounts.portal_desk.create(
    staff, key="trade", name="Möwenkontor", languages=[Language.EN], currency=eur, path="/account"
)
portal = accounts.portal_desk.open(staff, portal.id)
EMAIL, PASSWORD = "anna@brandhorst.example", "nine glues, one horse"
customer = {"erp_id": "C417", "number": "10417", "name": "Tischlerei Brandhorst", "email": EMAIL}
print(accounts.register_desk.import_rows(staff, [customer]))
prices = accounts.price_desk.create_list(staff, key="2026", name="List prices")
row = PriceRow(article="S-4010", price=Money(Decimal("9.90"), eur))
accounts.price_desk.replace_prices(staff, prices.id, [row])
accounts.price_desk.attach_to_portal(staff, prices.id, portal.id)
line = OrderLine(id="1", article="S-4010", text="Screws, box of 200", quantity=Decimal(12))
placed, status = datetime(2026, 3, 2, tzinfo=UTC), OrderStatus.DELIVERED
summary = OrderSummary(id="o-1007", number="A-1007", placed=placed, status=status)
erp.add(staff.realm, "C417", Order(summary=summary, lines=(line,)))

# Anna has no login yet: she types her address, gets a mail, and chooses a password.
guest = accounts.portals.guest(accounts.portals.at_path("/account"))
accounts.first_sign_in.request(guest, EMAIL)
print(accounts.relay(), mailer.newest(EMAIL).plain, sep="\n")
token = mailer.newest_link(EMAIL).rpartition("token=")[2]
accounts.first_sign_in.activate(guest, token, PASSWORD)

# She signs in, and acts for her company.
session = accounts.sign_in.sign_in(guest, EMAIL, PASSWORD)
anna = accounts.acting.member(accounts.sessions.resume(guest, session))
print("Price: ", accounts.prices.quotes(anna, ["S-4010"])[0].price)
print("Orders:", *(order.number for order in accounts.orders.newest(anna).items))
plan = accounts.reorder.plan(anna, "o-1007")
print("Plan:  ", *(f"{one.text}: {one.outcome.value}" for one in plan.lines))
for added in accounts.reorder.commit(anna, plan.token):
    print("Cart:  ", added.quantity, added.text, "at", added.price)
