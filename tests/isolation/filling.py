"""A shop with something in every table and its own mark in every text, made by the functions that production uses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django_tenants.utils import tenant_context

from api.keys import SCOPES, create_key
from backoffice import notes, views
from config import colour
from config.encryption import decrypt
from customers import tagging
from customers.identities import prove_email
from customers.merging import merge
from customers.models import Customer, Order
from customers.profiles import add_customer, edit_customer
from customers.snapshots import CustomerSnapshot, LineSnapshot, OrderSnapshot
from imports import acts, bulk, uploads
from imports.mapping import Mapping
from loyalty import backdating, claims, drafts, ledger, occasions, receipts, redemption, replaying, stamps
from loyalty.models import Draft, Journal, Notice, Redemption
from loyalty.programme import default_rules, publish
from loyalty.rules import Rules
from portal import codes, consenting, leaving, sessions
from portal.icons import png
from portal.models import SignInCode
from portal.pages.signing_in import ASKING_COOKIE
from staff import addresses, handoff, invitations, pins
from staff.actors import Actor
from staff.models import Role, User
from storefront import pulling, widgets
from storefront.agreement import stated
from storefront.credentials import keep_credentials
from storefront.models import Delivery, Drift, Pull, Reread, Store
from storefront.stores import rename_store
from tenants.alarms import drain
from tenants.models import Merchant
from tests.isolation.passkeys import passkey
from tests.storefront.sending import Sender
from webhooks.endpoints import create_endpoint, pause
from webhooks.models import Message
from webhooks.sending import Job, Outcome
from webhooks.settling import settle

# Ids of accounts are the same at every filled shop, as they are in life: a session carried over finds somebody there.
# All other ids differ, so that an id of another shop must not be found.
SAME_IDS = ("account_", "django_session", "mfa_", "staff_user", "usersessions_")

# The owner's PIN at every filled shop: by chance people choose the same.
PIN = "4071"


@dataclass
class Filled:
    """What somebody who knows everything about a shop knows: ids, tokens, cookies, passwords."""

    merchant: Merchant
    mark: str
    ids: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def client(self, *jars: str, at: Merchant | None = None) -> Client:
        """A browser at `at` (this shop when not given) that holds the cookies of these jars of this shop."""
        client = Client(headers={"host": (at or self.merchant).host}, REMOTE_ADDR=f"203.0.113.{len(self.mark)}")
        for jar in jars:
            client.cookies.load(self.cookies[jar])
        return client

    def email(self, name: str) -> str:
        return f"{name}@{self.mark.lower()}.example"


def fill(merchant: Merchant, mark: str, *, first_id: int) -> Filled:
    """Fill an empty shop. `mark` stands in every text; ids other than those of accounts begin with `first_id`."""
    shop, at = Filled(merchant, mark), datetime.now(UTC)
    with tenant_context(merchant), transaction.atomic():
        start_ids(first_id)
        owner = _staff(shop, at)
        _programme(shop, owner, at - timedelta(days=3))
        _customers(shop, owner, at)
    _deliveries(shop, at)
    _import(shop, owner, at)
    drain(merchant, datetime.now(UTC))
    with tenant_context(merchant), transaction.atomic():
        _points(shop, owner, at)
        _notice(shop, at)
        _webhooks(shop, owner, at)
        _rewards(shop, owner, at)
        _claims(shop, owner, at)
        _agreement(shop, owner, at)
        _thin_news(shop, owner, at)
        _members(shop, owner, at)
    _start_bulk(shop, owner, at)
    _draft(shop, owner, at)
    with tenant_context(merchant), transaction.atomic():
        _shoppers(shop, at)  # after all that drains: their code is still on its way
    shop.cookies = {**_sign_in_all(shop), "shopper": _cookie(sessions.COOKIE, shop.secrets["shopper"])}
    shop.cookies["asking"] = _cookie(ASKING_COOKIE, shop.secrets["asking"])
    _api(shop, owner, at)
    with tenant_context(merchant):
        _tokens(shop)
        _note_account_ids(shop)
    return shop


def start_ids(first: int) -> None:
    """Let every table of the current schema count from `first`; the tables of accounts from the same number always."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = %s", [connection.schema_name])
        for (name,) in cursor.fetchall():
            start = 5_001 if name.startswith(SAME_IDS) else first
            cursor.execute("SELECT setval(%s, %s, false)", [f'"{name}"', start])


def _staff(shop: Filled, at: datetime) -> Actor:
    """One of each role, with every kind of second step, and an invitation that waits."""
    for role in Role:
        user = User.objects.create_user(
            shop.email(role), f"{shop.mark} horse battery", name=f"{shop.mark} {role}", role=role, language="en"
        )
        addresses.register(user, verified=False)
        shop.ids[role] = user.pk
    owner = User.objects.get(pk=shop.ids[Role.OWNER])
    actor = Actor("staff", owner.pk, str(owner), f"198.51.100.{len(shop.mark)}", f"{shop.mark}-request")
    shop.secrets["totp"] = generate_totp_secret()
    TOTP.activate(owner, shop.secrets["totp"])
    shop.secrets["recovery"] = RecoveryCodes.activate(owner).generate_codes()[0]
    key = {"name": f"{shop.mark} key", "credential": passkey(shop.merchant.host, f"{shop.mark}-key".encode())}
    shop.ids["passkey"] = Authenticator.objects.create(user=owner, type="webauthn", data=key).pk
    pins.set_pin(owner, PIN, actor=actor, at=at)
    invitation, token = invitations.invite(shop.email("invited"), Role.CASHIER, actor=actor, at=at)
    shop.ids["invitation"], shop.secrets["invitation"] = invitation.pk, token
    return actor


def _programme(shop: Filled, owner: Actor, at: datetime) -> None:
    """One version in force since yesterday, whose rewards carry the mark."""
    rules = default_rules(shop.merchant.country, shop.merchant.currency).to_json()
    rules["hold_days"] = 0
    rules["rewards"] = [
        {"name": {"en": f"{shop.mark} cup", "ko": f"{shop.mark} 컵"}, "points": 100, "value_minor": 100}
    ]
    follow = {"en": f"{shop.mark} pictures"}
    rules["earning"] = [
        {
            "key": "follow",
            "kind": "social",
            "name": follow,
            "points": 5,
            "url": f"https://pictures.example/{shop.mark}",
        },
        {"key": "visit", "kind": "visit", "name": {"en": f"{shop.mark} visit"}, "points": 5},
        {
            "key": "friends",
            "kind": "order",
            "name": {"en": f"{shop.mark} friends"},
            "points": 5,
            "audience": {"tags": [f"{shop.mark} tag"]},
        },
    ]
    rules["tiers"]["tiers"] = [{"key": "regulars", "name": {"en": f"{shop.mark} regulars"}, "threshold": 0}]
    rules["stamps"] = [{"key": "cups", "name": {"en": f"{shop.mark} cups"}, "stamps": 10, "reward": "reward-1"}]
    note = f"{shop.mark} programme"
    version = publish(Rules.from_json(rules), actor=owner, at=at, in_force_from=at - timedelta(days=99), note=note)
    shop.ids["programme"] = version.number


def _draft(shop: Filled, owner: Actor, at: datetime) -> None:
    """A programme that is being written, and was replayed; and replayed again, which has not been worked on yet."""
    with tenant_context(shop.merchant):
        rules = default_rules(shop.merchant.country, shop.merchant.currency).to_json()
        rules["rewards"] = [
            {"key": "reward-1", "name": {"en": f"{shop.mark} plate"}, "points": 200, "value_minor": 200}
        ]
        rules["tiers"]["tiers"] = [{"key": "friends", "name": {"en": f"{shop.mark} friends"}, "threshold": 0}]
        whole = Rules.from_json(rules).to_json()  # as the editor keeps it
        shop.ids["draft"] = drafts.save(whole, revision=0, actor=owner, at=at).revision
        replaying.ask(90, actor=owner, at=at)
    drain(shop.merchant, datetime.now(UTC))
    with tenant_context(shop.merchant):
        done = Draft.objects.get()
        assert done.replay == Draft.Replay.DONE
        replaying.ask(90, actor=owner, at=at)
        Draft.objects.update(replay=done.replay, replay_result=done.replay_result)


def _customers(shop: Filled, owner: Actor, at: datetime) -> None:
    """A member with consent, note, tag and changes, who has asked to leave; and one added by hand."""
    member = prove_email(shop.email("member"), at=at, actor=owner)
    country = shop.merchant.country
    told = {"name": f"{shop.mark} member", "phone": "+8210" + f"{shop.ids[Role.OWNER] % 10_000:04}7788"}
    edit_customer(member, country=country, actor=owner, at=at, language="ko", **told)  # type: ignore[arg-type]
    by_hand = add_customer(
        country=country, actor=owner, at=at, name=f"{shop.mark} by hand", email=shop.email("hand"), phone=""
    )
    consenting.decide(member, shop.merchant, granted=True, ip="198.51.100.1", at=at)
    consent = member.consents.get()
    assert consent.evidence
    notes.keep(member, f"{shop.mark} note", actor=owner, at=at)
    tagging.tag([member.pk], [f"{shop.mark} tag"], actor=owner, at=at)
    leaving.ask_to_leave(member, at=at)
    stamps.stamp(member.pk, "cups", key=f"{shop.mark}-stamp", at=at, actor=owner)
    shop.ids |= {"customer": member.pk, "by_hand": by_hand.pk}


def _deliveries(shop: Filled, at: datetime) -> None:
    """A storefront that sent an order with a refund, a customer, and something that was refused."""
    sender = _sender(shop, at)
    now = (at - timedelta(minutes=5)).isoformat()
    mark, currency = shop.mark, shop.merchant.currency
    lines = [{"id": f"{mark}-l1", "name": f"{mark} beans", "quantity": 2, "total": "40000", "sku": f"{mark}-sku"}]
    refund = {
        "id": f"{mark}-r1", "updated_at": now, "total": "1000", "reason": f"{mark} refund",
        "lines": [{"line_id": f"{mark}-l1", "quantity": 0, "amount": "1000"}],
    }  # fmt: skip
    buyer = {"id": f"{mark}-buyer", "name": f"{mark} buyer", "email": shop.email("member"), "phone": "010-5555-1234"}
    order = {
        "id": f"{mark}-o1", "number": f"#{mark}-1", "status": "paid", "currency": currency, "placed_at": now,
        "paid_at": now, "updated_at": now, "total": "40000", "lines": lines, "refunds": [refund],
        "codes": [{"code": f"{mark}-spring"}],
    }  # fmt: skip
    consents = [{"channel": "email", "purpose": "advertising", "granted": True, "at": now}]
    account = {"id": f"{mark}-account", "updated_at": now, "name": f"{mark} account", "consents": consents}
    guest = {"email": shop.email("guest"), "phone": "010-6666-1234", "name": f"{mark} guest"}
    sent = [
        sender.send("order.updated", {**order, "customer": {**buyer, "email_verified": True}}, key=f"{mark}-1"),
        sender.send("order.updated", {**order, "id": f"{mark}-o2", "customer": guest}, key=f"{mark}-2"),
        sender.send("customer.updated", account, key=f"{mark}-3"),
        sender.send("order.updated", {**order, f"{mark}-unknown": 1}, key=f"{mark}-4"),
        sender.send(f"{mark}.unheard", {}, key=f"{mark}-5"),
    ]
    assert [answer.status_code for answer in sent] == [202, 202, 202, 422, 202], [answer.content for answer in sent]
    shop.ids |= {"store": sender.store.public_id, "store_pk": sender.store.pk}
    shop.secrets["store"] = sender.secret


def _sender(shop: Filled, at: datetime) -> Sender:
    sender = Sender(shop.merchant)
    with tenant_context(shop.merchant):
        owner = Actor("staff", name=f"{shop.mark} owner")
        rename_store(sender.store, f"{shop.mark} till", actor=owner, at=at)
        widgets.place(sender.store, sites=["https://www.shop.example"], side="right", actor=owner, at=at)
        shop.secrets["widget"] = widgets.new_secret(sender.store, actor=owner, at=at)
        Store.objects.filter(pk=sender.store.pk).update(settings={"note": f"{shop.mark} setting"})
    return sender


def _import(shop: Filled, owner: Actor, at: datetime) -> None:
    """A file that was brought in, with a row that is wrong."""
    mark = shop.mark
    rows = (
        f"name,email,points,{mark} remark\n{mark} brought,{shop.email('brought')},70,\n"
        f"{mark} wrong,{mark}-nonsense,5,\n"
    )
    with tenant_context(shop.merchant):
        file = SimpleUploadedFile(f"{shop.mark} people.csv", rows.encode())
        run = uploads.receive(file, kind="customers", source="import", actor=owner, at=at)
        acts.check(run.pk, Mapping.from_json(run.mapping), actor=owner, at=at)
    drain(shop.merchant, datetime.now(UTC))
    with tenant_context(shop.merchant):
        acts.act(run.pk, "start", actor=owner, at=at)
    shop.ids["import"] = run.pk


def _members(shop: Filled, owner: Actor, at: datetime) -> None:
    """A change of many that was done, a saved view, and two who became one."""
    mark, member = shop.mark, Customer.objects.get(pk=shop.ids["customer"])
    change = bulk.Change("points", points=3, reason=f"{mark} for many")
    shop.ids["bulk"] = bulk.begin(change, chosen=[member.pk], key=f"{mark}-many", actor=owner, at=at).pk
    user = User.objects.get(pk=shop.ids[Role.OWNER])
    shop.ids["view"] = views.save(user, name=f"{mark} view", query={"q": f"{mark} asked"}, shared=True)
    told = {"name": f"{mark} double", "email": shop.email("double"), "phone": ""}
    double = add_customer(country=shop.merchant.country, actor=owner, at=at, **told)  # type: ignore[arg-type]
    merge(double, member, actor=owner, at=at, reason=f"{mark} is one")
    shop.ids["merged"] = double.pk


def _start_bulk(shop: Filled, owner: Actor, at: datetime) -> None:
    drain(shop.merchant, datetime.now(UTC))
    with tenant_context(shop.merchant):
        acts.act(shop.ids["bulk"], "start", actor=owner, at=at)
    drain(shop.merchant, datetime.now(UTC))


def _notice(shop: Filled, at: datetime) -> None:
    """That the customer was told of points that expire; as proof the subject of the mail."""
    Notice.objects.create(
        customer_id=shop.ids["customer"], expires_at=at, days_before=3, points=10, state=Notice.State.SENT,
        settled_at=at, proof={"channel": "email", "subject": f"{shop.mark} subject of a mail"},
    )  # fmt: skip


def _points(shop: Filled, owner: Actor, at: datetime) -> None:
    """Points given, set aside, used and lost by hand, beside those of the order."""
    member, mark = shop.ids["customer"], shop.mark
    given = ledger.adjust(member, 500, reason=f"{mark} gift", actor=owner, key=f"{mark}-give", at=at)
    held = ledger.hold(member, 100, reason=f"{mark} hold", actor=owner, key=f"{mark}-hold", at=at)
    ledger.capture(held.pk, actor=owner, key=f"{mark}-use", at=at)
    ledger.adjust(member, -10, reason=f"{mark} taken", actor=owner, key=f"{mark}-take", at=at)
    shop.ids["journal"] = given.pk
    order = Order.objects.get(external_id=f"{mark}-o1")
    assert Journal.objects.filter(order=order).exists(), "the order was to earn points"
    done = Delivery.objects.get(key=f"{mark}-1")
    shop.ids |= {"order": order.pk, "delivery": done.pk, "buyer": order.customer_id}


def _api(shop: Filled, owner: Actor, at: datetime) -> None:
    """A key that may do everything, and a call that was made with it."""
    with tenant_context(shop.merchant), transaction.atomic():
        key, text = create_key(f"{shop.mark} program", scopes=list(SCOPES), actor=owner, at=at)
    shop.ids["api_key"], shop.secrets["api_key"] = key.pk, text
    told = {"id": f"{shop.mark}-api", "name": f"{shop.mark} api"}
    headers = {"host": shop.merchant.host, "authorization": f"Bearer {text}", "idempotency-key": f"{shop.mark}-call"}
    answer = Client(headers=headers).put("/api/v1/customers", json.dumps(told), content_type="application/json")
    assert answer.status_code == 201, answer.content


def _agreement(shop: Filled, owner: Actor, at: datetime) -> None:
    """A storefront's history that failed, an order in drift, and points for the past that were counted."""
    store, mark = Store.objects.get(pk=shop.ids["store_pk"]), shop.mark
    pull = pulling.start_history(store, since=None, actor=owner, at=at)
    pulling.step(pull.pk, at)
    page = {"stage": mark, "cursor": f"{mark} cursor", "counts": {"troubled": [[f"{mark}-odd", "odd"]]}}
    Pull.objects.filter(pk=pull.pk).update(**page, last_error=f"unexpected: {mark} detail")
    drift = Drift.objects.create(
        store=store, pull=pull, kind="missed", external_id=f"{mark}-lost", number=f"#{mark}-lost", found_at=at,
        note=f"{mark} note", differences={"account": [None, f"{mark} account"]},
        theirs=stated(_lost_order(store, mark, at)),
    )  # fmt: skip
    counted = backdating.count(store.public_id, kind="orders", since=None, actor=owner, at=at)
    shop.ids |= {"pull": pull.pk, "drift": drift.pk, "backdating": counted.pk}


def _lost_order(store: Store, mark: str, at: datetime) -> OrderSnapshot:
    """An order as the store states it that never reached us."""
    line = LineSnapshot("1", f"{mark} beans", quantity=1, unit_price=9_000, total=9_000)
    buyer = CustomerSnapshot(store.public_id, at, external_id=f"{mark}-account", embedded=True)
    return OrderSnapshot(
        store.public_id, f"{mark}-lost", "paid", "GBP", at, at, 9_000, 9_000, number=f"#{mark}-lost",
        paid_at=at, lines=(line,), buyer=buyer,
    )  # fmt: skip


def _thin_news(shop: Filled, owner: Actor, at: datetime) -> None:
    """A key for the storefront's API, and an order that was to be read there and was given up."""
    store = Store.objects.get(pk=shop.ids["store_pk"])
    keep_credentials(store, {"access_token": f"{shop.mark}-token"}, actor=owner, at=at)
    Reread.objects.create(
        store=store, external_id=f"{shop.mark}-thin", wanted_at=at, attempts=8, last_error=f"{shop.mark} did not answer"
    )


def _webhooks(shop: Filled, owner: Actor, at: datetime) -> None:
    """An outgoing webhook, paused so that nothing is sent, with a message that was answered badly."""
    mark = shop.mark
    endpoint, shop.secrets["webhook"] = create_endpoint(
        f"https://1.1.1.1/{mark}", types=["points.changed"], actor=owner, at=at, description=f"{mark} accounting"
    )
    pause(endpoint, actor=owner, at=at)
    ledger.adjust(shop.ids["customer"], 1, reason=f"{mark} bonus", actor=owner, key=f"{mark}-bonus", at=at)
    Message.objects.update(state="sending", attempts=1)
    message = Message.objects.get()
    job = Job(message.pk, endpoint.pk, 1, endpoint.url, message.message_id, message.body.encode(), [], at)
    settle([(job, Outcome(status=500, answer=f"{mark} out of order", seconds=0.1))], at=at)
    shop.ids |= {"webhook": endpoint.public_id, "webhook_message": message.pk}


def _rewards(shop: Filled, owner: Actor, at: datetime) -> None:
    """A reward that the member was given, and why."""
    given = redemption.grant(
        shop.ids["customer"], "reward-1", origin="staff", key=f"{shop.mark}-reward", at=at, actor=owner,
        reason=f"{shop.mark} thanks",
    )  # fmt: skip
    told = {"external_id": f"{shop.mark}-coupon", "problem": f"busy: {shop.mark}", "used_by": f"{shop.mark} counter"}
    Redemption.objects.filter(pk=given.pk).update(store=shop.ids["store"], at_store="failed", due_at=None, **told)
    shop.ids |= {"redemption": given.pk, "reward_code": given.code}
    member = Actor("shopper", shop.ids["customer"], f"{shop.mark} member")
    for name in ("code_bought", "code_cancelled"):
        bought = redemption.redeem(member.id or 0, "reward-1", key=f"{shop.mark}-{name}", at=at, actor=member)
        shop.ids[name] = bought.pk
    redemption.cancel(shop.ids["code_cancelled"], reason=f"{shop.mark} changed", actor=member, key="c", at=at)
    shop.secrets["visit"] = occasions.visit_code(at=at)


def _claims(shop: Filled, owner: Actor, at: datetime) -> None:
    """Missing points that a member claims: one waits with a photo, one was answered."""
    mark, member = shop.mark, Actor("shopper", shop.ids["customer"], f"{shop.mark} member")
    photo = receipts.Picture(png(192, colour.parse("#000000"), colour.parse("#ffffff")), "png")
    for name in ("claim", "claim_decided"):
        filed = claims.file(
            shop.ids["customer"], number=f"{mark}-{name}", bought_on=at.date() - timedelta(days=1), amount_minor=700,
            currency=shop.merchant.currency, note=f"{mark} note", photo=photo, at=at, actor=member,
        )  # fmt: skip
        shop.ids[name] = filed.pk
    claims.decline(shop.ids["claim_decided"], answer=f"{mark} answer", actor=owner, at=at)


def _shoppers(shop: Filled, at: datetime) -> None:
    """A signed-in member and a code on its way to the same address."""
    member = Customer.objects.get(pk=shop.ids["customer"])
    session, token = sessions.begin(
        member, user_agent=f"{shop.mark} phone", at=at, began_with=f"{shop.mark} token of the store"
    )
    browser = codes.ask(shop.email("member"), language="en", at=at)
    row = SignInCode.objects.get()
    shop.ids["shopper_session"] = session.pk
    shop.secrets |= {"shopper": token, "asking": browser, "code": decrypt(row.sealed_code)}


def _tokens(shop: Filled) -> None:
    """What mails carry: a link to reset the password, one to confirm the address, one to arrive as founder."""
    user = User.objects.get(pk=shop.ids[Role.OWNER])
    confirmation = EmailConfirmationHMAC(EmailAddress.objects.get(user=user))
    shop.secrets |= {
        "confirm": confirmation.key,
        "reset_user": user_pk_to_url_str(user),
        "reset": default_token_generator.make_token(user),
        "arrive": handoff.issue(User.objects.create_user(shop.email("founder"), name=f"{shop.mark} founder")),
        "password": f"{shop.mark} horse battery",
    }


def _sign_in_all(shop: Filled) -> dict[str, dict[str, str]]:
    """The cookies of a browser of each role, that has opened a page."""
    jars = {}
    for role in Role:
        client = Client(headers={"host": shop.merchant.host, "user-agent": f"{shop.mark} laptop {role}"})
        with tenant_context(shop.merchant):
            client.force_login(User.objects.get(pk=shop.ids[role]))
        # As after signing in with the password a moment ago, so that nothing asks for it again.
        with tenant_context(shop.merchant):
            session = client.session
            session["account_authentication_methods"] = [{"method": "password", "at": datetime.now(UTC).timestamp()}]
            session["note"] = f"{shop.mark} session"
            session.save()
        assert client.get("/backoffice/").status_code == 200
        jars[str(role)] = {name: morsel.value for name, morsel in client.cookies.items()}
    return jars


def _note_account_ids(shop: Filled) -> None:
    """Where each is signed in; `device` is another browser of the owner's."""
    for role in Role:
        key = shop.cookies[role]["sessionid"]
        about = {"ip": "198.51.100.1", "user_agent": f"{shop.mark} laptop", "session_key": key}
        UserSession.objects.create(user_id=shop.ids[role], **about)
    about = {"ip": "198.51.100.2", "user_agent": f"{shop.mark} tablet", "session_key": f"{shop.mark}-tablet"}
    shop.ids["device"] = UserSession.objects.create(user_id=shop.ids[Role.OWNER], **about).pk


def _cookie(name: str, value: str) -> dict[str, str]:
    jar = SimpleCookie({name: value})
    return {key: morsel.value for key, morsel in jar.items()}
