// The program of a route of orders, and what an order takes of the stock while it cannot leave.
#include "tests/unit/services/router/router_orders_fixture.h"

namespace shopwire::router {
namespace {

constexpr const char* kNoteProgram = R"(jq: '.personal.clear.note = "Web: " + (.personal.clear.note // "")')";

Event with_note(Event event, const std::string& note) {
    event.mutable_order()->mutable_personal()->mutable_clear()->set_note(note);
    return event;
}

TEST_F(OrdersTest, AProgramOfTheRouteChangesTheWordsThatLeave) {
    route(std::string(kNoteProgram) + ", fields: [email]");
    Event event = with_note(with_pieces(1, 2), "a gift");
    event.mutable_order()->mutable_personal()->mutable_clear()->set_email("a@b.rs");
    event.mutable_order()->set_payment_method("cod");
    feed(event);
    const Command command = one();
    const events::v1::PersonalFields& person = command.export_order().order().personal().clear();
    EXPECT_EQ(person.note(), "Web: ") << "it sees what may leave, and no more";
    EXPECT_EQ(person.email(), "a@b.rs");
    EXPECT_EQ(pieces_of(command.export_order().order()), 2);
    feed(made(command));
    event.mutable_source()->set_modified_at_ms(at(2));
    feed(event);
    EXPECT_TRUE(sent().empty()) << "what leaves is the same";
}

TEST_F(OrdersTest, NamesOfLinesAndHowItWasPaidAreWords) {
    route(R"(jq: '.lines[].name |= ascii_upcase | .payment_method = "bank" | .shipping[0].name = "Post"')");
    Event event = with_pieces(1, 2);
    event.mutable_order()->mutable_lines(0)->set_name("cup");
    event.mutable_order()->add_shipping()->set_name("flat rate");
    feed(event);
    const events::v1::Order sent_order = one().export_order().order();
    EXPECT_EQ(sent_order.lines(0).name(), "CUP");
    EXPECT_EQ(sent_order.payment_method(), "bank");
    EXPECT_EQ(sent_order.shipping(0).name(), "Post");
}

struct BadProgram {
    const char* name;
    const char* jq;
    const char* reason;
};

class OrdersHeldBackTest : public OrdersTest, public testing::WithParamInterface<BadProgram> {};

TEST_P(OrdersHeldBackTest, AnOrderWaitsAndNothingOfItIsLost) {
    route("jq: '" + std::string(GetParam().jq) + "'");
    feed(with_pieces(1, 2));
    EXPECT_TRUE(sent().empty());
    ASSERT_EQ(waiting().count, 1U);
    EXPECT_FALSE(waiting().items.at(0).sent);
    EXPECT_EQ(waiting().items.at(0).reason, "the route's jq program: " + std::string(GetParam().reason));
    EXPECT_TRUE(dead_letters_.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Programs, OrdersHeldBackTest,
    testing::Values(BadProgram{"Money", ".total = \"1\"", "it changed total, which is the shop's"},
                    BadProgram{"Pieces", ".lines[0].quantity = \"1\"",
                               "it changed lines[0].quantity, which is the shop's"},
                    BadProgram{"Lines", ".lines += .lines", "it changed lines, which is the shop's"},
                    BadProgram{"Fees", ".fees = [{total: \"5\"}]", "it changed fees, which is the shop's"},
                    BadProgram{"Status", ".status = \"done\"", "it changed status, which is the shop's"},
                    BadProgram{"OtherWords", "{note: \"x\"}", "$: expected nothing but fields of Order"},
                    BadProgram{"NothingOfIt", "{}", "it gave something else than the order"},
                    BadProgram{"Null", "null", "$: expected an object"}, BadProgram{"Failure", "error(\"no\")", "no"},
                    BadProgram{"NoOutput", "empty", "expected one output, got 0"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_F(OrdersTest, WhatAProgramDoesNotGiveStays) {
    route("jq: '{native_id, personal: {clear: (.personal.clear | .note = null | .email = \"x@y.rs\")}}'");
    Event event = with_note(with_pieces(1, 2), "a gift");
    event.mutable_order()->set_payment_method("cod");
    feed(event);
    const events::v1::Order order = one().export_order().order();
    EXPECT_EQ(pieces_of(order), 2);
    EXPECT_EQ(order.payment_method(), "cod");
    EXPECT_EQ(order.personal().clear().email(), "x@y.rs");
    EXPECT_EQ(order.personal().clear().note(), "");
}

TEST_F(OrdersTest, AProgramThatGivesFarMoreThanItGotIsAtFault) {
    route("jq: '.payment_title = ([range(70000) | \"x\"] | add)'");
    feed(with_pieces(1, 2));
    ASSERT_EQ(waiting().count, 1U);
    EXPECT_EQ(waiting().items.at(0).reason, "the route's jq program: it gave far more than it got");
}

// The target tries what it refused again by itself.  What was held meanwhile is a newer state, and still to be sent.
TEST_F(OrdersTest, ALateAnswerAboutAnOlderStateReleasesNothing) {
    for (const bool discards : {false, true}) {
        links_ = {};
        route("document_type: invoice");
        link(with_pieces(1, 2));
        feed(with_pieces(2, 3));
        const Command update = one();
        feed(refused(update));
        route("document_type: invoice, jq: 'error(\"x\")'");
        feed(with_pieces(3, 4));
        EXPECT_TRUE(sent().empty());
        feed(discards ? discarded(update) : applied(update));
        ASSERT_EQ(waiting().count, 1U);
        EXPECT_EQ(waiting().items.at(0).reason, "the route's jq program: x");
        route("document_type: invoice, jq: '.'");
        feed(with_pieces(3, 4));
        EXPECT_EQ(pieces_of(one().update_order().order()), 4);
        EXPECT_EQ(waiting().count, 0U);
    }
}

TEST_F(OrdersTest, WhatIsNoNewsIsHeldForNothing) {
    route("document_type: invoice");
    link(with_pieces(1, 2));
    route("document_type: invoice, jq: 'error(\"x\")'");
    feed(with_pieces(2, 2, "completed"));
    EXPECT_EQ(waiting().count, 1U) << "nobody knows whether it is news";
    route("document_type: invoice, jq: '.'");
    feed(with_pieces(2, 2, "completed"));
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(waiting().count, 0U);
}

TEST_F(OrdersTest, TheDocumentIsChosenByTheStateThatLeaves) {
    constexpr std::string_view kRules = "document_rules: [{statuses: [completed], type: invoice}]";
    route(std::string(kRules) + ", jq: 'error(\"x\")'");
    feed(with_pieces(1, 2));
    EXPECT_TRUE(sent().empty());
    route(std::string(kRules));
    feed(with_pieces(2, 2, "completed"));
    EXPECT_EQ(one().export_order().document_type(), events::v1::DOCUMENT_TYPE_INVOICE);
}

TEST_F(OrdersTest, AKnownStateWithAnEarlierTimeDoesNotMakeOthersNewAgain) {
    route("jq: 'error(\"x\")'");
    const Event before = with_pieces(1, 2);
    feed(before);
    feed(with_pieces(2, 1));
    feed(with_pieces(3, 2));
    route("jq: '.'");
    feed(before);
    EXPECT_EQ(pieces_of(one().export_order().order()), 2);
    feed(with_pieces(2, 1));
    EXPECT_TRUE(sent().empty());
}

TEST_F(OrdersTest, WhatAProgramStoppedGoesWithTheNextReadOnceItIsMended) {
    route("jq: 'error(\"x\")'");
    feed(with_pieces(1, 2));
    feed(with_pieces(1, 2));
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(metrics_.parked.value(), 1) << "counted once";
    route("jq: '.'");
    feed(with_pieces(1, 2));
    const Command command = one();
    EXPECT_EQ(pieces_of(command.export_order().order()), 2);
    feed(made(command));
    EXPECT_EQ(waiting().count, 0U);
    feed(with_pieces(1, 2));
    EXPECT_TRUE(sent().empty());
}

TEST_F(OrdersTest, AChangeThatAProgramStoppedGoesOnceItIsMended) {
    route("document_type: invoice");
    link(with_pieces(1, 2));
    route("jq: 'error(\"x\")'");
    feed(with_pieces(2, 3));
    EXPECT_TRUE(sent().empty());
    ASSERT_EQ(waiting().count, 1U);
    EXPECT_TRUE(waiting().items.at(0).sent);
    route("jq: '.'");
    feed(with_pieces(2, 3));
    const Command update = one();
    EXPECT_EQ(pieces_of(update.update_order().order()), 3);
    feed(applied(update));
    EXPECT_EQ(waiting().count, 0U);
}

TEST_F(OrdersTest, AChangeThatAProgramStopsWhileTheExportIsUnderWayWaitsToo) {
    route("document_type: invoice");
    feed(with_pieces(1, 2));
    const Command first = one();
    route("jq: 'error(\"x\")'");
    feed(with_pieces(2, 3));
    feed(made(first));
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(waiting().count, 1U);
    route("jq: '.'");
    feed(with_pieces(2, 3));
    EXPECT_EQ(pieces_of(one().update_order().order()), 3);
}

TEST_F(OrdersTest, AProgramStopsNoCancellation) {
    route("document_type: invoice");
    link(with_pieces(1, 2));
    route("jq: 'error(\"x\")'");
    feed(with_pieces(2, 3));
    feed(with_pieces(3, 3, "cancelled"));
    EXPECT_TRUE(one().has_cancel_document());
    EXPECT_EQ(waiting().count, 0U);
    feed(with_pieces(4, 3));
    ASSERT_EQ(waiting().count, 1U);
    EXPECT_EQ(waiting().items.at(0).reason, "the order is open again after its document was cancelled");
}

TEST_F(OrdersTest, ARefundThatAProgramStopsGoesOnceItIsMended) {
    route("document_type: invoice");
    const Event state = with_pieces(1, 3);
    link(state);
    route("document_type: invoice, jq: 'error(\"x\")'");
    feed(refund("70", 1, &state));
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(waiting().count, 1U);
    route("document_type: invoice, jq: '.'");
    feed(with_pieces(1, 3));
    const Command refunded = one();
    EXPECT_TRUE(refunded.has_export_refund());
    EXPECT_EQ(pieces_of(refunded.export_refund().order()), 3);
    EXPECT_EQ(waiting().count, 0U);
}

TEST_F(OrdersTest, WithoutUpdatesAProgramThatFailsChangesNothing) {
    route("updates: false");
    link(with_pieces(1, 2));
    route("updates: false, jq: 'error(\"x\")'");
    feed(order("2", "processing", at(1)));
    ASSERT_EQ(waiting().count, 1U) << "one that was never sent is held";
    feed(with_pieces(2, 3));
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(waiting().count, 1U);
}

TEST_F(OrdersTest, AReasonOfManyBytesIsCutAtAWholeCharacter) {
    std::string text = "x";
    for (int i = 0; i < 150; ++i) text += "Ж";
    route("jq: 'error(\"" + text + "\")'");
    feed(with_pieces(1, 2));
    ASSERT_EQ(waiting().count, 1U);
    EXPECT_TRUE(waiting().items.at(0).reason.ends_with("Ж")) << waiting().items.at(0).reason;
    route("jq: '.'");
    feed(with_pieces(1, 2));
    EXPECT_EQ(pieces_of(one().export_order().order()), 2) << "its link can be read";
}

// As a version before the field `held` left it.
TEST_F(OrdersTest, AnOrderThatWasParkedUnsentIsTakenOver) {
    for (const char* status : {"processing", "failed", "cancelled"}) {
        links_ = {};
        route("document_type: invoice");
        feed(with_pieces(1, 2, "wc-odd"));
        const std::int32_t partition = partition_of("acme/shop/1", installation_.router_partitions);
        internal::v1::Link link;
        ASSERT_TRUE(link.ParseFromString(links_.get(partition, link_key("acme/shop/1")).value().value()));
        internal::v1::LinkTarget& target = *link.mutable_targets(0);
        target.set_state(internal::v1::LINK_STATE_PARKED);
        target.set_last_error(std::exchange(*target.mutable_held(), ""));
        links_.put(partition, link_key("acme/shop/1"), link.SerializeAsString());
        feed(with_pieces(2, 2, status));
        const std::vector<Command> commands = sent();
        EXPECT_EQ(commands.size(), status == std::string_view("processing") ? 1U : 0U) << status;
        EXPECT_EQ(waiting().count, 0U) << status;
    }
}

TEST_F(OrdersTest, WhatWasHeldEndsWithItsRoute) {
    for (const char* settings : {"export: false", "export: true"}) {
        links_ = {};
        route("jq: 'error(\"x\")'");
        feed(with_pieces(1, 2));
        EXPECT_EQ(waiting().count, 1U);
        if (settings == std::string_view("export: false"))
            route(settings);
        else
            configure("merchant: acme\nconnections: {shop: {system: alpha}, erp: {system: beta}}\nrouting: {}\n");
        feed(with_pieces(1, 2));
        EXPECT_EQ(waiting().count, 0U) << settings;
        EXPECT_TRUE(sent().empty());
    }
}

TEST_F(OrdersTest, AChangeInAStatusOfNoTableIsHeldAndTheStatusAloneIsNot) {
    route("document_type: invoice");
    link(with_pieces(1, 2));
    feed(with_pieces(2, 2, "wc-packed"));
    EXPECT_EQ(waiting().count, 0U);
    feed(with_pieces(3, 5, "wc-packed"));
    EXPECT_TRUE(sent().empty());
    ASSERT_EQ(waiting().count, 1U);
    EXPECT_EQ(waiting().items.at(0).reason, "the status \"wc-packed\" is in no table of the route to erp");
    EXPECT_TRUE(waiting().items.at(0).sent);
    route("document_type: invoice, statuses: [processing, wc-packed]");
    feed(with_pieces(3, 5, "wc-packed"));
    EXPECT_EQ(pieces_of(one().update_order().order()), 5);
    EXPECT_EQ(waiting().count, 0U);
}

class OrdersStockTest : public OrdersTest {
 protected:
    void SetUp() override { with_stock(""); }
    void with_stock(const std::string& settings) {
        configure(R"(
merchant: acme
connections: {shop: {system: alpha}, erp: {system: beta}}
routing:
  orders:
    - {from: shop, to: erp, export_since: "2026-01-01T00:00:00Z", prefix: WC, note: false)" +
                  settings + R"(}
  stock:
    - {owner: erp, to: shop, release_lag: 0ms}
  sku_aliases: {shop: {SHOP-1: A-1}}
)");
    }
    // The newest number that the shop was told.
    Decimal shown() {
        const std::vector<Command> all = take();
        const auto last = std::ranges::find_if(all.rbegin(), all.rend(), &Command::has_set_stock);
        return last == all.rend() ? Decimal() : events::from_proto(last->set_stock().quantity());
    }
};

TEST_F(OrdersStockTest, AnOrderThatIsOpenAgainTakesItsPiecesAgain) {
    link(with_pieces(1, 2));
    feed(with_pieces(2, 2, "cancelled"));
    take();
    feed(stock(10, now_ms_ + 1'000));
    EXPECT_EQ(shown(), Decimal::from_integer(10));
    feed(with_pieces(3, 2));
    EXPECT_EQ(shown(), Decimal::from_integer(8)) << "no document holds them";
    now_ms_ += 5'000;
    feed(stock(11, now_ms_ + 1'000));
    EXPECT_EQ(shown(), Decimal::from_integer(9)) << "and no read lets them go";
}

TEST_F(OrdersStockTest, WhatAProgramStopsTakesItsPieces) {
    feed(stock(10, kYear2026));
    take();
    with_stock(", jq: 'error(\"x\")'");
    feed(with_pieces(1, 2));
    EXPECT_EQ(waiting().count, 1U);
    EXPECT_EQ(shown(), Decimal::from_integer(8)) << "never sent";
    feed(with_pieces(2, 3));
    EXPECT_EQ(shown(), Decimal::from_integer(7));
    feed(with_pieces(3, 3, "cancelled"));
    EXPECT_EQ(shown(), Decimal::from_integer(10));
}

TEST_F(OrdersStockTest, AChangeThatAProgramStopsTakesWhatTheDocumentDoesNotHold) {
    link(with_pieces(1, 2));
    feed(stock(8, now_ms_ + 1'000));
    EXPECT_EQ(shown(), Decimal::from_integer(8)) << "the document holds its two";
    with_stock(", jq: 'error(\"x\")'");
    feed(with_pieces(2, 5));
    EXPECT_EQ(waiting().count, 1U);
    EXPECT_EQ(shown(), Decimal::from_integer(5)) << "three of five are in no document";
    feed(with_pieces(3, 1));
    EXPECT_EQ(shown(), Decimal::from_integer(8)) << "what the document still holds is not free";
    feed(with_pieces(4, 5, "cancelled"));
    feed(with_pieces(5, 5));
    EXPECT_EQ(shown(), Decimal::from_integer(3)) << "open again: no document holds its five";
}

}  // namespace
}  // namespace shopwire::router
