// An order that changes after it was sent.
#include "tests/unit/services/router/router_orders_fixture.h"

namespace shopwire::router {
namespace {

TEST_F(OrdersTest, AChangeOfALinkedOrderBecomesAnUpdate) {
    link(with_pieces(1, 2));
    feed(with_pieces(2, 3));
    const Command update = one();
    EXPECT_EQ(update.connection(), "erp");
    EXPECT_EQ(update.field_group(), "document");
    EXPECT_EQ(update.native_id(), "55");
    EXPECT_EQ(update.update_order().external_number(), "WC-101");
    EXPECT_EQ(update.update_order().document_type(), events::v1::DOCUMENT_TYPE_INVOICE);
    EXPECT_EQ(update.update_order().order_connection(), "shop");
    EXPECT_EQ(pieces_of(update.update_order().order()), 3);
    feed(applied(update));
    feed(with_pieces(3, 3));
    EXPECT_TRUE(sent().empty()) << "the same content at a later time";
}

TEST_F(OrdersTest, AChangeWhileTheExportIsUnderWayIsSentOnceThatIsDone) {
    feed(with_pieces(1, 2));
    const Command first = one();
    feed(with_pieces(2, 3));
    feed(with_pieces(3, 4));
    EXPECT_TRUE(sent().empty());
    feed(made(first));
    const Command update = one();
    EXPECT_EQ(pieces_of(update.update_order().order()), 4);
    EXPECT_GT(update.sequence(), first.sequence());
    feed(applied(update));
    EXPECT_TRUE(sent().empty());
}

TEST_F(OrdersTest, OneThatChangedBackMeanwhileNeedsNoUpdate) {
    feed(with_pieces(1, 2));
    const Command first = one();
    feed(with_pieces(2, 3));
    feed(with_pieces(3, 2));
    feed(made(first));
    EXPECT_TRUE(sent().empty());
}

TEST_F(OrdersTest, OneUpdateIsUnderWayAtATime) {
    link(with_pieces(1, 2));
    feed(with_pieces(2, 3));
    const Command first = one();
    feed(with_pieces(3, 4));
    feed(with_pieces(4, 5));
    EXPECT_TRUE(sent().empty());
    feed(applied(first));
    EXPECT_EQ(pieces_of(one().update_order().order()), 5);
}

TEST_F(OrdersTest, ARefusedUpdateIsListedAndTheNextStateHealsIt) {
    link(with_pieces(1, 2));
    feed(with_pieces(2, 3));
    feed(refused(one(), "the document is closed"));
    ASSERT_EQ(waiting().count, 1U);
    EXPECT_TRUE(waiting().items.at(0).sent);
    EXPECT_EQ(waiting().items.at(0).reason, "the document is closed");
    feed(with_pieces(3, 4));
    const Command again = one();
    EXPECT_EQ(pieces_of(again.update_order().order()), 4);
    feed(applied(again));
    EXPECT_EQ(waiting().count, 0U);
}

TEST_F(OrdersTest, ARefusedUpdateIsFollowedByTheStateThatWaits) {
    link(with_pieces(1, 2));
    feed(with_pieces(2, 3));
    const Command first = one();
    feed(with_pieces(3, 4));
    feed(refused(first));
    const Command second = one();
    EXPECT_EQ(pieces_of(second.update_order().order()), 4);
    feed(discarded(first));
    feed(refused(second));
    EXPECT_TRUE(sent().empty()) << "nothing newer waits";
    EXPECT_EQ(waiting().count, 1U);
}

TEST_F(OrdersTest, AnUpdateThatAPersonGaveUpIsNotSentAgain) {
    link(with_pieces(1, 2));
    feed(with_pieces(2, 3));
    const Command update = one();
    feed(refused(update));
    feed(discarded(update));
    EXPECT_EQ(waiting().count, 0U);
    feed(with_pieces(3, 3));
    EXPECT_TRUE(sent().empty());
    feed(with_pieces(4, 2));
    EXPECT_EQ(pieces_of(one().update_order().order()), 2);
}

// A sink drops what is parked for a newer command of the same field group.
TEST_F(OrdersTest, ACancellationTakesThePlaceOfARefusedUpdate) {
    link(with_pieces(1, 2));
    feed(with_pieces(2, 3));
    const Command update = one();
    feed(refused(update));
    feed(with_pieces(3, 3, "cancelled"));
    const Command cancel = one();
    ASSERT_TRUE(cancel.has_cancel_document());
    EXPECT_EQ(cancel.field_group(), update.field_group());
    EXPECT_GT(cancel.sequence(), update.sequence());
    feed(discarded(update));
    feed(refused(cancel, "the document is closed"));
    EXPECT_EQ(waiting().count, 1U);
    feed(applied(cancel));
    EXPECT_EQ(waiting().count, 0U) << "a person tried it again";
}

TEST_F(OrdersTest, ACancellationWhileAnUpdateIsUnderWayIsTheLastWord) {
    link(with_pieces(1, 2));
    feed(with_pieces(2, 3));
    const Command update = one();
    feed(with_pieces(3, 4));
    feed(with_pieces(4, 4, "cancelled"));
    EXPECT_TRUE(one().has_cancel_document());
    feed(applied(update));
    EXPECT_TRUE(sent().empty());
}

// The connection was stopped while two exports were parked: the older one makes the document.
TEST_F(OrdersTest, AnExportThatLandedAfterAllIsChangedByWhatCameLater) {
    feed(with_pieces(1, 2));
    const Command first = one();
    feed(refused(first, "stopped"));
    feed(with_pieces(2, 3));
    const Command second = one();
    ASSERT_TRUE(second.has_export_order());
    feed(made(first));
    EXPECT_TRUE(sent().empty());
    feed(refused(second, "DUPLICATE_WITH_OTHER_CONTENT"));
    const Command update = one();
    EXPECT_EQ(update.native_id(), "55");
    EXPECT_EQ(pieces_of(update.update_order().order()), 3);
    feed(applied(update));
    EXPECT_EQ(waiting().count, 0U);
}

TEST_F(OrdersTest, WithoutUpdatesAChangeIsCounted) {
    route("updates: false");
    link(with_pieces(1, 2));
    feed(with_pieces(2, 3));
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(metrics_.changed_after_export.value(), 1);
}

TEST_F(OrdersTest, TheStatusAloneIsSentOnlyWhereItIsWanted) {
    link(with_pieces(1, 2));
    feed(with_pieces(2, 2, "completed"));
    EXPECT_TRUE(sent().empty());
    route("send_status: true");
    feed(with_pieces(3, 2, "on-hold"));
    EXPECT_EQ(one().update_order().order().status(), "on-hold");
}

TEST_F(OrdersTest, WhatATargetHadNothingToDoWithIsSentAgainWhenItChanges) {
    feed(with_pieces(1, 2));
    feed(result_of(one(), commands::v1::OUTCOME_UNCHANGED));  // nothing of it can be carried
    feed(with_pieces(2, 2));
    EXPECT_TRUE(sent().empty());
    feed(with_pieces(3, 3));
    EXPECT_TRUE(one().has_export_order());
}

TEST_F(OrdersTest, WhatTheRouteDoesNotNameNeverLeavesAndIsNoNews) {
    route("fields: [phone, shipping]");
    Event event = with_pieces(1, 2);
    events::v1::Order& body = *event.mutable_order();
    body.set_transaction_id("ch_1");
    body.set_payment_method("stripe");
    body.set_customer_native_id("9");
    body.add_coupons()->set_code("TEN");
    events::v1::PersonalFields& person = *body.mutable_personal()->mutable_clear();
    person.set_email("a@example.com");
    person.set_phone("123");
    person.mutable_billing()->set_city("Novi Sad");
    person.mutable_shipping()->set_city("Beograd");
    feed(event);
    const Command sent_order = one();
    const events::v1::Order& left = sent_order.export_order().order();
    const events::v1::PersonalFields& told = left.personal().clear();
    EXPECT_EQ(left.transaction_id() + left.payment_method() + left.customer_native_id() + told.email(), "");
    EXPECT_FALSE(told.has_billing());
    EXPECT_EQ(left.coupons_size(), 0);
    EXPECT_EQ(told.phone(), "123");
    EXPECT_EQ(told.shipping().city(), "Beograd");
    feed(made(sent_order));
    event.mutable_source()->set_modified_at_ms(at(2));
    event.mutable_source()->clear_content_hash();
    event.mutable_order()->mutable_personal()->mutable_clear()->set_email("b@example.com");
    feed(event);
    EXPECT_TRUE(sent().empty()) << "of what leaves nothing changed";
}

TEST_F(OrdersTest, AFieldThatStaysStillChoosesTheDocumentType) {
    route("fields: [email], document_rules: [{has_tax_id: true, type: delivery_note}]");
    Event event = with_pieces(1, 2);
    event.mutable_order()->mutable_personal()->mutable_clear()->set_tax_id("1");
    feed(event);
    const Command command = one();
    EXPECT_EQ(command.export_order().document_type(), events::v1::DOCUMENT_TYPE_DELIVERY_NOTE);
    EXPECT_EQ(command.export_order().order().personal().clear().tax_id(), "");
}

TEST_F(OrdersTest, AnIdOfAPaymentLeavesOnlyWhereItIsWanted) {
    Event event = with_pieces(1, 2);
    event.mutable_order()->set_transaction_id("ch_1");
    feed(event);
    EXPECT_EQ(one().export_order().order().transaction_id(), "");
    route("send_transaction_id: true");
    event = order("2", "processing", at(1));
    event.mutable_order()->set_transaction_id("ch_2");
    feed(event);
    EXPECT_EQ(one().export_order().order().transaction_id(), "ch_2");
}

TEST_F(OrdersTest, AFilterTakesTheOrdersThatItNamesAndKeepsThem) {
    route("filters: {payment_methods: [cod], shipping_countries: [RS], created_via: [checkout]}");
    Event event = with_pieces(1, 2);
    event.mutable_order()->set_payment_method("cod");
    event.mutable_order()->set_created_via("checkout");
    feed(event);
    EXPECT_TRUE(sent().empty()) << "no country";
    event = with_pieces(2, 2);
    event.mutable_order()->set_payment_method("cod");
    event.mutable_order()->set_created_via("checkout");
    event.mutable_order()->mutable_personal()->mutable_clear()->mutable_billing()->set_country("RS");
    feed(event);
    feed(made(one()));
    event.mutable_source()->set_modified_at_ms(at(3));
    event.mutable_source()->clear_content_hash();
    event.mutable_order()->set_payment_method("stripe");
    feed(event);
    EXPECT_TRUE(one().has_update_order()) << "it is there already";
}

TEST_F(OrdersTest, EachTargetGoesItsOwnWay) {
    configure(R"(
merchant: acme
connections: {shop: {system: alpha}, erp: {system: beta}, crm: {system: gamma}}
routing:
  orders:
    - {from: shop, to: erp, export_since: "2026-01-01T00:00:00Z", prefix: WC, note: false, document_type: invoice}
    - {from: shop, to: crm, export_since: "2026-01-01T00:00:00Z", prefix: WC, note: false, fields: [email]}
)");
    feed(with_pieces(1, 2));
    const std::vector<Command> exports = sent();
    ASSERT_EQ(exports.size(), 2U);
    feed(made(exports[0]));
    feed(with_pieces(2, 3));
    const Command update = one();
    EXPECT_EQ(update.connection(), "erp") << "the other one has no answer yet";
    feed(applied(update));
    feed(with_pieces(3, 3));
    EXPECT_TRUE(sent().empty());
    feed(refused(exports[1]));
    const Command again = one();
    EXPECT_EQ(again.connection(), "crm");
    EXPECT_EQ(pieces_of(again.export_order().order()), 3);
}

TEST_F(OrdersTest, ATargetThatTakesNothingLeavesWhatTheOwnerHasNotCountedYet) {
    configure(R"(
merchant: acme
connections: {shop: {system: alpha}, erp: {system: beta}, crm: {system: gamma}}
routing:
  orders:
    - {from: shop, to: erp, export_since: "2026-01-01T00:00:00Z", prefix: WC, note: false}
    - {from: shop, to: crm, export_since: "2026-01-01T00:00:00Z", prefix: WC, note: false}
  stock:
    - {owner: erp, to: shop}
  sku_aliases: {shop: {SHOP-1: A-1}}
)");
    feed(with_pieces(1, 2));
    const std::vector<Command> all = sent();
    const auto to_crm = std::ranges::find(all, "crm", &Command::connection);
    ASSERT_NE(to_crm, all.end());
    feed(applied(*to_crm));  // no document: nothing of it is for that one
    feed(stock(10, 50'000));
    const std::vector<Command> shown = take();
    ASSERT_FALSE(shown.empty());
    EXPECT_EQ(events::from_proto(shown.back().set_stock().quantity()), *Decimal::parse("8"));
}

TEST_F(OrdersTest, WhatAnArticleIsLikeIsNoChangeOfTheOrder) {
    Event plain = with_pieces(1, 2);
    link(plain);
    Event known = with_pieces(2, 2);
    known.mutable_order()->mutable_lines(0)->set_needs_shipping(true);
    known.mutable_order()->mutable_lines(0)->mutable_measures()->mutable_weight_kg()->set_micros(Decimal::kOne);
    feed(known);
    EXPECT_TRUE(sent().empty());
}

// A carrier would send a parcel of default weight, or one for what is downloaded.
TEST_F(OrdersTest, APushedOrderThatDoesNotKnowItsArticlesIsReadOnceBeforeItIsSent) {
    route("document_type: reservation, ask_for_articles: true");
    Event pushed = with_pieces(1, 2);
    pushed.mutable_order()->mutable_lines(0)->set_product_native_id("5");
    feed(pushed);
    EXPECT_EQ(one().refresh().native_id(), "1");
    Event read = pushed;
    read.mutable_source()->set_read_started_at_ms(at(5));
    read.mutable_source()->clear_content_hash();
    read.mutable_order()->mutable_lines(0)->set_needs_shipping(true);
    feed(read);
    EXPECT_TRUE(one().export_order().order().lines(0).needs_shipping());
}

TEST_F(OrdersTest, WhatNoReadKnowsOfAnOrdersArticlesIsNotWaitedFor) {
    route("document_type: reservation, ask_for_articles: true");
    Event pushed = with_pieces(1, 2);
    pushed.mutable_order()->mutable_lines(0)->set_product_native_id("5");
    feed(pushed);
    EXPECT_TRUE(one().has_refresh());
    Event read = pushed;  // the product was deleted
    read.mutable_source()->set_read_started_at_ms(at(5));
    feed(read);
    EXPECT_TRUE(one().has_export_order());
    Event known = order("2", "processing", at(6));
    known.mutable_order()->mutable_lines(0)->set_product_native_id("5");
    known.mutable_order()->mutable_lines(0)->set_needs_shipping(false);
    feed(known);
    EXPECT_TRUE(one().has_export_order()) << "it says so itself";
}

TEST_F(OrdersTest, AnOrderThatIsReadFirstTakesItsPiecesMeanwhile) {
    configure(R"(
merchant: acme
connections: {shop: {system: alpha}, erp: {system: beta}}
routing:
  orders:
    - {from: shop, to: erp, export_since: "2026-01-01T00:00:00Z", prefix: WC, note: false, ask_for_articles: true}
  stock: [{owner: erp, to: shop, release_lag: 0ms}]
  sku_aliases: {shop: {SHOP-1: A-1}}
)");
    feed(stock(10, kYear2026));
    take();
    Event pushed = with_pieces(1, 2);
    pushed.mutable_order()->mutable_lines(0)->set_product_native_id("5");
    feed(pushed);
    const std::vector<Command> commands = take();
    const auto lower = std::ranges::find_if(commands, &Command::has_set_stock);
    ASSERT_NE(lower, commands.end());
    EXPECT_EQ(events::from_proto(lower->set_stock().quantity()), Decimal::from_integer(8));
}

}  // namespace
}  // namespace shopwire::router
