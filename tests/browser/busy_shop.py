"""Shops with something of everything that a page can show, made by the functions that production uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django_tenants.utils import tenant_context

from api.keys import SCOPES, create_key, revoke_key
from backoffice import notes, views
from config import colour
from customers import tagging
from customers.identities import prove_email
from customers.merging import merge
from customers.models import Customer, Order
from customers.profiles import add_customer, edit_customer
from imports import acts, bulk, uploads
from imports.mapping import Mapping
from loyalty import drafts, ledger, pieces, replaying
from loyalty.finding import Wanted
from loyalty.models import Journal
from loyalty.programme import default_rules, publish
from loyalty.rules import Rules
from portal import consenting, leaving
from portal.icons import png
from staff import addresses, invitations, people
from staff.actors import Actor
from staff.models import Role, User
from storefront import inbox
from storefront.models import Delivery
from storefront.stores import create_store, disconnect
from tenants.alarms import drain
from tenants.models import Merchant
from tests.browser import agreeing, busy_programme
from tests.isolation.passkeys import passkey
from tests.storefront.sending import Sender
from webhooks.endpoints import create_endpoint
from webhooks.endpoints import rotate_secret as rotate_endpoint_secret
from webhooks.models import Message
from webhooks.sending import Job, Outcome
from webhooks.settling import settle

DAY = timedelta(days=1)
LONG_NAME = "Maximiliana Theodora Konstantinopolitanskaja-Featherstonehaugh von und zu Unterwaldenburg-Hohenstein"
LONG_REWARD = "계절 과일을 올린 수제 리코타 팬케이크와 핸드드립 커피 한 잔, 그리고 다음에 쓰는 원두 할인권"[:60]
PASSWORD = "correct horse battery"
NAMES = {"regular": "김민서", "new": "", "long": LONG_NAME, "debtor": "이도현"}
STAFF = {Role.OWNER: "정소담", Role.MANAGER: "한유진", Role.CASHIER: "오민재", Role.ANALYST: "배서현"}
GOODS = (
    "아이스 아메리카노",
    "하우스 블렌드 원두 200g",
    "얼그레이 스콘",
    "바스크 치즈케이크 홀케이크(예약 상품, 냉장 배송)",
)


@dataclass
class Busy:
    """A filled shop, with the ids by which its pages are reached."""

    merchant: Merchant
    ids: dict[str, Any] = field(default_factory=dict)


def fill(merchant: Merchant) -> Busy:
    """Fill an empty Korean shop: months of orders, every kind of balance, delivery, version and colleague."""
    shop, at = Busy(merchant), datetime.now(UTC)
    with tenant_context(merchant), transaction.atomic():
        owner = _staff(shop, at)
        _programme(merchant, owner, at)
        _members(shop, owner, at)
    sender = _trade(shop, at)
    drain(merchant, datetime.now(UTC))
    with tenant_context(merchant), transaction.atomic():
        _points(shop, owner, at)
        _later_versions(merchant, owner, at)
        now = datetime.now(UTC)
        busy_programme.take(shop.ids, now)
        busy_programme.claim(shop.ids, owner, now, png(192, colour.parse("#ffffff"), colour.parse("#222222")))
    _refund_of_the_debtor(sender, at)
    _draft(merchant, owner, at)
    _imports(shop, owner, at)
    _changes(shop, owner, at)
    with tenant_context(merchant), transaction.atomic():
        _troubles(shop, owner, at)
        _webhooks(shop, owner, at)
        _keys(owner, at)
        shop.ids["asked"] = agreeing.connect(owner, at)
    return shop


def _staff(shop: Busy, at: datetime) -> Actor:
    """One of each role; the owner with every second step, one who left, one invited."""
    users = {}
    for role, name in STAFF.items():
        users[role] = User.objects.create_user(f"{role}@sodam.example", PASSWORD, name=name, role=role, language="")
        addresses.register(users[role], verified=role != Role.ANALYST)
        shop.ids[role] = users[role].pk
    owner = Actor("staff", users[Role.OWNER].pk, STAFF[Role.OWNER], "198.51.100.7", "a-request")
    TOTP.activate(users[Role.OWNER], generate_totp_secret())
    RecoveryCodes.activate(users[Role.OWNER])
    data = {"name": "사무실 맥북의 지문 인식 센서", "credential": passkey(shop.merchant.host, b"a key")}
    shop.ids["passkey"] = Authenticator.objects.create(user=users[Role.OWNER], type="webauthn", data=data).pk
    former = User.objects.create_user("former@sodam.example", PASSWORD, name=LONG_NAME[:60], role=Role.CASHIER)
    addresses.register(former, verified=True)
    people.deactivate(former.pk, actor=owner, at=at)
    shop.ids["former"] = former.pk
    invited = "a.very.long.address.of.somebody.invited@neighbourhood-roasters.example"
    _invitation, shop.ids["token"] = invitations.invite(invited, Role.CASHIER, actor=owner, at=at)
    return owner


def _rules(merchant: Merchant, **changes: Any) -> Rules:
    """The country's rules with a reward whose name is long."""
    plain = default_rules(merchant.country, merchant.currency).to_json()
    long = {"name": {"ko": LONG_REWARD, "en": LONG_NAME[:60]}, "points": 12_000, "value_minor": 15_000}
    longer = {**long, "points": 60_000, "value_minor": 70_000}
    return Rules.from_json({**plain, "rewards": [*plain["rewards"], long, longer], **changes})


def _programme(merchant: Merchant, owner: Actor, at: datetime) -> None:
    publish(_rules(merchant, earn_points=5), actor=owner, at=at - 120 * DAY, in_force_from=at - 120 * DAY)


def _later_versions(merchant: Merchant, owner: Actor, at: datetime) -> None:
    """The rules of today, and others that are planned."""
    note = "여름에는 두 배로 적립하고, 배송비에도 포인트를 드려요."
    present = busy_programme.full(_rules(merchant, earn_points=3, rounding="half_up"))
    publish(present, actor=owner, at=at, note=note)
    planned = _rules(merchant, earn_points=2, count_shipping=True, minimum_minor=5_000, expiry_months=None)
    publish(planned, actor=owner, at=at, in_force_from=at + 30 * DAY)


def _draft(merchant: Merchant, owner: Actor, at: datetime) -> None:
    """A draft with something to mend and something to think about, and what it would have given."""
    rules = busy_programme.full(_rules(merchant, earn_points=4, hold_days=1, stacking="multiply"))
    with tenant_context(merchant):
        draft = drafts.save(rules.to_json(), revision=0, actor=owner, at=at)
        replaying.ask(90, actor=owner, at=at)
    drain(merchant, datetime.now(UTC))
    with tenant_context(merchant):
        broken = pieces.switched(rules.to_json(), "rewards", "mug", on=False)
        drafts.save(broken, revision=draft.revision, actor=owner, at=at)


def _members(shop: Busy, owner: Actor, at: datetime) -> None:
    """A regular, somebody with nothing yet, somebody with a long name who wants to leave, and one in debt."""
    for key, name in NAMES.items():
        member = prove_email(f"{key}@example.com", at=at - 100 * DAY, actor=owner)
        phone = f"010-2345-{member.pk:04}" if name else ""
        edit_customer(member, country="KR", actor=owner, at=at, name=name, phone=phone, language="ko")
        shop.ids[key] = member.pk
    regular, long = (Customer.objects.get(pk=shop.ids[key]) for key in ("regular", "long"))
    consenting.decide(regular, shop.merchant, granted=True, ip="198.51.100.1", at=at)
    notes.keep(regular, "창가 자리를 좋아하세요. 우유는 귀리로.", actor=owner, at=at)
    leaving.ask_to_leave(long, at=at)


def _trade(shop: Busy, at: datetime) -> Sender:
    """Forty orders over the hook, and what else a storefront sends."""
    sender = Sender(shop.merchant)
    shop.ids["store"] = sender.store.public_id
    buyers = [
        {"id": key, "name": NAMES[key], "email": f"{key}@example.com", "email_verified": True}
        for key in ("regular", "long")
    ]
    for number in range(40):
        guest = {"name": f"손님 {number}", "email": f"guest{number}@example.org", "phone": f"010-9999-{number:04}"}
        buyer = buyers[number % 2] if number % 3 else guest
        sender.send("order.updated", an_order(number, at - (number * 2 + 0.1) * DAY, buyer))
    debtor = {"id": "debtor", "email": "debtor@example.com", "email_verified": True}
    sender.send("order.updated", an_order(900, at - 40 * DAY, debtor))
    sender.send("order.updated", an_order(901, at - DAY, {}, total="3000", lines=[], status="pending", paid_at=None))
    sender.send("order.updated", {**an_order(902, at - DAY, {}), "currency": "won", "unknown": 1})
    sender.send("stock.counted", {})
    return sender


def an_order(number: int, placed_at: datetime, buyer: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A paid order of two lines; every seventh was partly refunded, every ninth cancelled."""
    when = placed_at.isoformat()
    lines = [
        {
            "id": str(n),
            "name": GOODS[(number + n) % len(GOODS)],
            "quantity": n,
            "total": str(4_500 * n * (number % 5 + 1)),
        }
        for n in (1, 2)
    ]
    total = sum(int(line["total"]) for line in lines)
    order: dict[str, Any] = {
        "id": f"o{number}",
        "number": f"#10{number:02}",
        "status": "paid",
        "currency": "KRW",
        "placed_at": when,
    }
    order |= {"paid_at": when, "updated_at": when, "total": str(total + 3_000), "shipping": "3000", "lines": lines}
    order |= {"customer": buyer} if buyer else {}
    if number % 9 == 8:
        order |= {"status": "cancelled", "cancelled_at": when}
    if number % 7 == 6:
        order["refunds"] = [{"id": "r1", "updated_at": when, "total": "4500", "reason": "식어서 도착했어요"}]
    return {key: value for key, value in (order | changes).items() if value is not None}


def _points(shop: Busy, owner: Actor, at: datetime) -> None:
    """Points given, taken, undone, set aside and used by hand, beside those of the orders."""
    regular, debtor = shop.ids["regular"], shop.ids["debtor"]
    given = ledger.adjust(regular, 15_000, reason="단골 감사 이벤트", actor=owner, key="give", at=at)
    ledger.adjust(regular, -120, reason=LONG_REWARD, actor=owner, key="take", at=at)
    wrong = ledger.adjust(regular, 777, reason="잘못 입력했어요", actor=owner, key="wrong", at=at)
    ledger.reverse(wrong.pk, reason="", actor=owner, key="undo", at=at)
    used = ledger.hold(regular, 3_000, reason=LONG_REWARD, actor=owner, key="hold-1", at=at)
    ledger.capture(used.pk, actor=owner, key="use-1", at=at)
    ledger.hold(regular, 500, reason="음료 쿠폰", actor=owner, key="hold-2", at=at)
    earned = Journal.objects.filter(customer_id=debtor).count()
    assert earned, "the debtor was to earn points"
    spent = ledger.hold(debtor, 300, reason="음료 쿠폰", actor=owner, key="hold-3", at=at)
    ledger.capture(spent.pk, actor=owner, key="use-3", at=at)
    shop.ids["journal"] = given.pk


IMPORTED = (
    "회원 아이디,이름,이메일,휴대전화,사용가능 적립금,SMS 수신여부\n"
    + "".join(f"m{n},손님 {n},import{n}@example.com,1055550{n:03},{n * 100},Y\n" for n in range(12))
    + f"m90,{LONG_NAME[:90]},someone.with.a.very.long.address@neighbourhood-roasters.example,,-5,N\n"
    + "m91,이서준,seojun(at)example.com,,500,\n"
)


def _imports(shop: Busy, owner: Actor, at: datetime) -> None:
    """Files at every stage: its columns to be looked at, checked, brought in, undone."""
    with tenant_context(shop.merchant):
        for stage in ("undone", "done", "checked", "mapping"):
            name = f"카페24 회원정보 다운로드 ({stage}).csv"
            file = SimpleUploadedFile(name, (IMPORTED + f"m99,{stage},,,,\n").encode("cp949"))
            run = uploads.receive(file, kind="customers", source="import", actor=owner, at=at)
            shop.ids[f"import_{stage}"] = run.pk
            if stage != "mapping":
                acts.check(run.pk, Mapping.from_json(run.mapping), actor=owner, at=at)
                drain(shop.merchant, datetime.now(UTC))
            for act in {"done": ["start"], "undone": ["start", "undo"]}.get(stage, []):
                acts.act(run.pk, act, actor=owner, at=at)
                drain(shop.merchant, datetime.now(UTC))


def _changes(shop: Busy, owner: Actor, at: datetime) -> None:
    """Changes of many at every stage, tags, views, and somebody who was two customers."""
    with tenant_context(shop.merchant), transaction.atomic():
        regular = Customer.objects.get(pk=shop.ids["regular"])
        tagging.tag([regular.pk, shop.ids["long"]], ["단골", "창가 자리"], actor=owner, at=at)
        told: dict[str, Any] = {"name": "김민서", "email": "minseo.kim@example.org", "phone": ""}
        double = add_customer(country="KR", actor=owner, at=at, **told)
        merge(double, regular, actor=owner, at=at)
        add_customer(country="KR", actor=owner, at=at, **{**told, "phone": regular.phone})
        colleague = User.objects.get(pk=owner.id or 0)
        views.save(colleague, name="창가를 좋아하는 분들", query={"tag": "창가 자리"}, shared=True)
        for stage in ("undone", "done", "checked"):
            change = bulk.Change("points", points=500, reason=f"가을 감사 이벤트 ({stage})")
            run = bulk.begin(change, wanted=Wanted(show="members"), key=stage, actor=owner, at=at)
            shop.ids[f"bulk_{stage}"] = run.pk
    for stage, does in {"checked": [], "done": ["start"], "undone": ["start", "undo"]}.items():
        drain(shop.merchant, datetime.now(UTC))
        for act in does:
            with tenant_context(shop.merchant):
                acts.act(shop.ids[f"bulk_{stage}"], act, actor=owner, at=at)
            drain(shop.merchant, datetime.now(UTC))


def _refund_of_the_debtor(sender: Sender, at: datetime) -> None:
    """All that the debtor bought goes back, after the points were used."""
    order = an_order(900, at - 40 * DAY, {"id": "debtor"})
    refund = {"id": "r9", "order_id": "o900", "currency": "KRW", "updated_at": at.isoformat(), "total": order["total"]}
    lines = [{"line_id": line["id"], "quantity": line["quantity"], "amount": line["total"]} for line in order["lines"]]
    sender.send("order.refunded", {**refund, "shipping": "3000", "lines": lines})
    sender.work()


def _keys(owner: Actor, at: datetime) -> None:
    """API keys in every state."""
    create_key("매장 포스", scopes=list(SCOPES), actor=owner, at=at)
    create_key(LONG_NAME, scopes=["points:read"], actor=owner, at=at, test=True, expires_at=at + 30 * DAY)
    create_key("지난 앱", scopes=["orders:write"], actor=owner, at=at - 40 * DAY, expires_at=at - 10 * DAY)
    revoked, _text = create_key("예전 홈페이지", scopes=["customers:read"], actor=owner, at=at - 90 * DAY)
    revoke_key(revoked, actor=owner, at=at - DAY)


def _webhooks(shop: Busy, owner: Actor, at: datetime) -> None:
    """One that fails now and then, and one that was paused for its failures. Nothing is really sent."""
    works, _secret = create_endpoint(
        "https://1.1.1.1/a/rather/long/address/of/a/programme/of/theirs",
        actor=owner,
        at=at,
        description="회계 프로그램 연동",
    )
    gone, _secret = create_endpoint("https://1.1.1.1/gone", types=["points.changed"], actor=owner, at=at)
    for number in range(5):
        ledger.adjust(shop.ids["regular"], 10 + number, reason="감사 인사", actor=owner, key=f"told{number}", at=at)
    for endpoint, outcomes in ((works, (200, 200, 500, None)), (gone, (410,))):
        Message.objects.filter(endpoint=endpoint).update(state="sending", attempts=1)
        answers = [Outcome(status, "" if status else "timeout", f"answer {status}", 0.25) for status in outcomes]
        found = list(endpoint.messages.order_by("id"))
        jobs = [Job(m.pk, endpoint.pk, 1, endpoint.url, m.message_id, b"", [], at) for m in found]
        settle(list(zip(jobs, answers, strict=False)), at=at)
        endpoint.messages.filter(state="sending").update(state="held", next_try_at=None, attempts=0)
    rotate_endpoint_secret(works, actor=owner, at=at)
    Message.objects.filter(state="waiting").update(next_try_at=at + 30 * DAY)
    shop.ids |= {"webhook": works.public_id, "paused_webhook": gone.public_id}
    shop.ids["told"] = works.messages.exclude(tries=[]).latest("pk").pk
    shop.ids["untold"] = gone.messages.latest("pk").pk


def _troubles(shop: Busy, owner: Actor, at: datetime) -> None:
    """Deliveries in every state, a Shopify connection and one that was given up."""
    create_store(
        kind="shopify", name="쇼피파이 온라인 스토어", actor=owner, at=at, settings={"domain": "sodam.myshopify.com"}
    )
    gone, _secret = create_store(kind="generic", name="예전 매장 포스", actor=owner, at=at)
    disconnect(gone, actor=owner, at=at)
    done = Delivery.objects.filter(state="done").order_by("id")
    problem = {"path": "/data/lines/0/total", "message": "DataError: value too long for type " + "x" * 120}
    said = {"reason": inbox.WENT_WRONG, "errors": [problem]}
    for state, key in (("failed", "failed"), ("dead", "dead"), ("new", "waiting")):
        row = done.first()
        assert row is not None
        Delivery.objects.filter(pk=row.pk).update(state=state, attempts=3, **(said if state != "new" else {}))
        shop.ids[key] = row.pk
    for key in ("refused", "ignored"):
        shop.ids[key] = Delivery.objects.get(state=key).pk
    shop.ids["done"] = done.last().pk  # type: ignore[union-attr]
    order_of = {order.external_id: order.pk for order in Order.objects.all()}
    shop.ids |= {
        "order": order_of["o13"],
        "cancelled": order_of["o8"],
        "pending": order_of["o901"],
        "guest": order_of["o0"],
    }
    shop.ids |= {"refunded": order_of["o900"]}
