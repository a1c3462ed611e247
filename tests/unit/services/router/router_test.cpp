// Events and results become commands, links and stock numbers.  The fixture plays Kafka: what the router sends to
// itself comes back.
#include "services/router/router.h"

#include <gtest/gtest.h>

#include <deque>

#include "common/core/ids.h"
#include "common/events/topics.h"
#include "services/router/ledger.h"
#include "services/router/overview.h"
#include "tests/unit/services/router/memory_store.h"

namespace shopwire::router {
namespace {

using commands::v1::Command;
using commands::v1::CommandResult;
using events::v1::Event;

constexpr std::string_view kMerchant = R"(
merchant: acme
connections:
  shop: {system: alpha}
  erp: {system: beta}
routing:
  orders:
    - {from: shop, to: erp, export_since: "2026-01-01T00:00:00Z", prefix: WC,
       document_rules: [{has_tax_id: true, type: invoice_delivery_note}]}
  stock: [{owner: erp, to: shop, release_lag: 0ms}]
  prices: [{from: erp, to: shop}]
  sku_aliases: {shop: {SHOP-1: A-1}}
)";

constexpr std::int64_t kYear2026 = 1'767'225'600'000;

class RouterTest : public ::testing::Test {
 protected:
    void SetUp() override { configure(kMerchant); }

    void configure(std::string_view yaml) {
        config::Problems problems;
        auto routing = std::make_shared<MerchantRouting>();
        const config::Node node = config::Node::parse(yaml, "acme.yaml", problems);
        routing->merchant.name = "acme";
        for (const auto& [name, ignored] : node.member("connections").members()) {
            config::ConnectionSettings& connection = routing->merchant.connections[name];
            connection.name = name;
            connection.system = node.member("connections").member(name).member("system").scalar();
            connection.budget = "acme/" + name;
        }
        routing->merchant.routing = node.member("routing");
        routing->routes = parse_routes(routing->merchant, problems);
        ASSERT_TRUE(problems.empty()) << config::format(problems.front());
        auto all = std::make_shared<Routing>();
        all->merchants.emplace("acme", std::move(routing));
        router_.use(std::move(all));
    }

    // Feeds one record and everything that the router sends to itself because of it.
    void feed(kafka::Record record) {
        std::deque<kafka::Record> waiting{std::move(record)};
        while (!waiting.empty()) {
            kafka::Record next = std::move(waiting.front());
            waiting.pop_front();
            if (next.partition < 0) next.partition = partition_of(next.key, installation_.router_partitions);
            std::vector<kafka::Record> out;
            ASSERT_TRUE(router_.handle(next, ++now_ms_, out));
            router_.finish(out);
            for (kafka::Record& sent : out) {
                if (sent.topic == events::stock_topic())
                    waiting.push_back(std::move(sent));
                else if (sent.topic == events::dead_letter_topic())
                    dead_letters_.push_back(std::move(sent));
                else
                    commands_.push_back(*events::parse_command(sent));
            }
        }
    }
    void feed(Event event) {
        if (event.source().content_hash().empty()) events::set_content_hash(event);
        feed(events::to_record(event, now_ms_));
    }
    void feed(const CommandResult& result) { feed(events::to_record(result, now_ms_, "")); }

    Event order(const std::string& id, const std::string& status, std::int64_t modified_ms) {
        Event event;
        event.mutable_source()->set_merchant("acme");
        event.mutable_source()->set_connection("shop");
        event.mutable_source()->set_system("alpha");
        event.mutable_source()->set_origin(events::v1::ORIGIN_WEBHOOK);
        event.mutable_source()->set_modified_at_ms(modified_ms);
        event.mutable_source()->set_observed_at_ms(modified_ms + 10);
        events::v1::Order& body = *event.mutable_order();
        body.set_native_id(id);
        body.set_number("10" + id);
        body.set_status(status);
        body.set_currency("RSD");
        body.set_created_at_ms(kYear2026 + 5);
        events::v1::OrderLine& line = *body.add_lines();
        line.set_sku("SHOP-1");
        *line.mutable_quantity() = events::to_proto(Decimal::from_integer(2));
        return event;
    }
    Event stock(std::int64_t free, std::int64_t started_ms) {
        Event event;
        event.mutable_source()->set_merchant("acme");
        event.mutable_source()->set_connection("erp");
        event.mutable_source()->set_system("beta");
        event.mutable_source()->set_location("1");
        event.mutable_source()->set_origin(events::v1::ORIGIN_SNAPSHOT);
        event.mutable_source()->set_observed_at_ms(started_ms + 1);
        event.mutable_source()->set_read_started_at_ms(started_ms);
        event.mutable_stock()->set_sku("A-1");
        *event.mutable_stock()->mutable_free() = events::to_proto(Decimal::from_integer(free));
        return event;
    }
    CommandResult result_of(const Command& command, commands::v1::Outcome outcome) {
        CommandResult result;
        result.set_command_id(command.id());
        result.set_merchant("acme");
        result.set_connection(command.connection());
        result.set_key(command.key());
        result.set_field_group(command.field_group());
        result.set_sequence(command.sequence());
        result.set_cause_key(command.cause_key());
        result.set_cause_connection(command.cause_connection());
        result.set_outcome(outcome);
        result.set_finished_at_ms(now_ms_);
        return result;
    }
    CommandResult made(const Command& command) {
        CommandResult result = result_of(command, commands::v1::OUTCOME_APPLIED);
        result.mutable_document()->set_native_id("55");
        result.mutable_document()->set_number("R-17");
        return result;
    }
    std::vector<Command> take() { return std::exchange(commands_, {}); }
    Overview<WaitingOrder> waiting() { return waiting_orders(links_, partitions(), 10).value(); }
    Overview<OverdueReservation> overdue(std::int64_t now_ms) {
        return overdue_reservations(ledgers_, router_.routing(), partitions(), now_ms, 10).value();
    }
    std::set<std::int32_t> partitions() const {
        std::set<std::int32_t> all;
        for (std::int32_t i = 0; i < installation_.router_partitions; ++i) all.insert(i);
        return all;
    }

    config::Installation installation_{};
    MemoryStore links_{};
    MemoryStore ledgers_{};
    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    Metrics metrics_{*registry_};
    Router router_{installation_, links_, ledgers_, metrics_};
    std::int64_t now_ms_ = kYear2026 + 1'000'000;
    std::vector<Command> commands_{};
    std::vector<kafka::Record> dead_letters_{};
};

TEST_F(RouterTest, AnOrderBecomesOneDocument) {
    feed(order("1", "processing", kYear2026 + 1000));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].connection(), "erp");
    EXPECT_EQ(sent[0].export_order().external_number(), "WC-101");
    EXPECT_EQ(sent[0].export_order().document_type(), events::v1::DOCUMENT_TYPE_RESERVATION);
    feed(order("1", "processing", kYear2026 + 1000));
    feed(order("1", "completed", kYear2026 + 2000));
    EXPECT_TRUE(take().empty()) << "requested once, before any result";
}

TEST_F(RouterTest, ACompanyGetsItsDocumentType) {
    Event event = order("1", "processing", kYear2026 + 1000);
    event.mutable_order()->mutable_personal()->mutable_clear()->set_tax_id("123456788");
    feed(event);
    EXPECT_EQ(take().at(0).export_order().document_type(), events::v1::DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE);
}

TEST_F(RouterTest, AnOrderFromBeforeGoLiveIsNotExported) {
    Event event = order("1", "processing", kYear2026 + 1000);
    event.mutable_order()->set_created_at_ms(kYear2026 - 1);
    feed(event);
    EXPECT_TRUE(take().empty());
}

TEST_F(RouterTest, ADocumentIsToldToTheShop) {
    feed(order("1", "processing", kYear2026 + 1000));
    feed(made(take().at(0)));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].connection(), "shop");
    EXPECT_EQ(sent[0].add_order_note().text(), "erp: R-17 (WC-101)");
    EXPECT_EQ(sent[0].add_order_note().order_native_id(), "1");
}

TEST_F(RouterTest, TheSameResultTwiceTellsTheShopOnce) {
    feed(order("1", "processing", kYear2026 + 1000));
    const CommandResult result = made(take().at(0));
    feed(result);
    feed(result);
    EXPECT_EQ(take().size(), 1U);
}

TEST_F(RouterTest, ACancelledOrderCancelsItsDocument) {
    feed(order("1", "processing", kYear2026 + 1000));
    feed(made(take().at(0)));
    take();
    feed(order("1", "cancelled", kYear2026 + 2000));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(sent[0].has_cancel_document());
    EXPECT_EQ(sent[0].cancel_document().native_id(), "55");
}

TEST_F(RouterTest, AnOrderCancelledBeforeItWasSeenIsNeverExported) {
    feed(order("1", "cancelled", kYear2026 + 1000));
    EXPECT_TRUE(take().empty());
}

TEST_F(RouterTest, AStatusThatNoTableKnowsParksTheOrderAlone) {
    feed(order("1", "wc-strange", kYear2026 + 1000));
    feed(order("2", "processing", kYear2026 + 1000));
    EXPECT_EQ(take().size(), 1U);
    EXPECT_EQ(metrics_.parked.value(), 1);
    feed(order("1", "processing", kYear2026 + 2000));
    EXPECT_EQ(take().size(), 1U) << "a newer state with a known status heals it";
}

TEST_F(RouterTest, AnOrderThatWaitsForAPersonIsListedUntilItDoesNot) {
    feed(order("1", "processing", kYear2026 + 1000));
    EXPECT_EQ(waiting().count, 0U);
    feed(order("2", "wc-odd", kYear2026 + 1000));
    ASSERT_EQ(waiting().count, 1U);
    const WaitingOrder listed = waiting().items.at(0);
    EXPECT_EQ(listed.order, "acme/shop/2");
    EXPECT_EQ(listed.number, "102");
    EXPECT_EQ(listed.target, "erp");
    EXPECT_EQ(listed.reason, "the status \"wc-odd\" is in no table of the route to erp");
    EXPECT_FALSE(listed.sent);
    feed(order("2", "wc-odder", kYear2026 + 2000));
    EXPECT_EQ(waiting().count, 1U);
    feed(order("2", "processing", kYear2026 + 3000));
    EXPECT_EQ(waiting().count, 0U);
}

TEST_F(RouterTest, ARefusedOrderAndOneThatIsOpenAgainAreListed) {
    feed(order("1", "processing", kYear2026 + 1000));
    CommandResult refused = result_of(take().at(0), commands::v1::OUTCOME_PARKED);
    refused.set_error("line 1 has no SKU");
    feed(refused);
    ASSERT_EQ(waiting().count, 1U);
    EXPECT_TRUE(waiting().items.at(0).sent);
    feed(order("1", "cancelled", kYear2026 + 2000));
    EXPECT_EQ(waiting().count, 0U);
    feed(order("1", "processing", kYear2026 + 3000));
    ASSERT_EQ(waiting().count, 1U);
    EXPECT_EQ(waiting().items.at(0).reason, "the order is open again after its document was cancelled");
    feed(order("1", "cancelled", kYear2026 + 4000));
    EXPECT_EQ(waiting().count, 0U);
}

// Nothing lets it go: it is shown, and stays subtracted.
TEST_F(RouterTest, AReservationThatLivesTooLongIsShownAndStaysSubtracted) {
    feed(stock(5, kYear2026 + 1000));
    feed(order("1", "processing", now_ms_));
    const std::int64_t taken_ms = now_ms_;
    for (const Command& command : take())
        if (command.has_export_order()) feed(made(command));
    constexpr std::int64_t kDay = 24 * 3600 * std::int64_t{1000};
    EXPECT_EQ(overdue(taken_ms + 29 * kDay).count, 0U);
    const Overview<OverdueReservation> found = overdue(taken_ms + 31 * kDay);
    ASSERT_EQ(found.count, 1U);
    EXPECT_EQ(found.items.at(0).article, "acme/a-1");
    EXPECT_EQ(found.items.at(0).order, "shop/1");
    EXPECT_EQ(found.items.at(0).pieces, Decimal::from_integer(2));
    EXPECT_NE(found.items.at(0).confirmed_at_ms, 0);
    take();
    now_ms_ += 31 * kDay;
    feed(order("2", "processing", now_ms_));
    std::vector<Decimal> shown;
    for (const Command& command : take())
        if (command.has_set_stock()) shown.push_back(events::from_proto(command.set_stock().quantity()));
    EXPECT_EQ(shown, std::vector{Decimal::from_integer(1)});
    feed(stock(5, now_ms_ + 1));  // a read that counts both documents at last
    EXPECT_EQ(overdue(now_ms_ + 31 * kDay).count, 1U) << "the second has no document yet";
}

TEST_F(RouterTest, AParkedExportIsAskedForAgainWithTheNextState) {
    feed(order("1", "processing", kYear2026 + 1000));
    const Command first = take().at(0);
    CommandResult parked = result_of(first, commands::v1::OUTCOME_PARKED);
    parked.set_error("line 1 has no SKU");
    feed(parked);
    feed(order("1", "processing", kYear2026 + 2000));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_GT(sent[0].sequence(), first.sequence());
    EXPECT_EQ(sent[0].export_order().external_number(), first.export_order().external_number());
}

TEST_F(RouterTest, AStateThatCameWhileTheExportWasUnderWayIsAskedForWhenThatOneIsRefused) {
    feed(order("1", "processing", kYear2026 + 1000));
    const Command first = take().at(0);
    Event corrected = order("1", "processing", kYear2026 + 2000);
    corrected.mutable_order()->mutable_lines(0)->set_sku("A-2");
    feed(corrected);
    EXPECT_TRUE(take().empty()) << "the first may still succeed";
    feed(result_of(first, commands::v1::OUTCOME_PARKED));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].export_order().order().lines(0).sku(), "A-2");
    feed(result_of(sent[0], commands::v1::OUTCOME_PARKED));
    EXPECT_TRUE(take().empty()) << "nothing newer waits any more";
}

TEST_F(RouterTest, AnOlderStateIsDropped) {
    feed(order("1", "processing", kYear2026 + 2000));
    feed(order("1", "cancelled", kYear2026 + 1000));
    EXPECT_EQ(take().size(), 1U);
    EXPECT_EQ(metrics_.older.value(), 1);
}

TEST_F(RouterTest, TwoStatesOfOneSecondAreReadAgain) {
    feed(order("1", "processing", kYear2026 + 1000));
    take();
    feed(order("1", "cancelled", kYear2026 + 1000));
    std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].connection(), "shop");
    EXPECT_EQ(sent[0].refresh().native_id(), "1");
    Event reread = order("1", "cancelled", kYear2026 + 1000);
    reread.mutable_source()->set_origin(events::v1::ORIGIN_REPAIR);
    reread.mutable_source()->set_read_started_at_ms(kYear2026 + 5000);
    feed(reread);
    sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(sent[0].has_cancel_document());
}

TEST_F(RouterTest, StockGoesToTheShopUnderItsOwnSku) {
    feed(stock(5, kYear2026 + 1000));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].set_stock().sku(), "SHOP-1");
    EXPECT_EQ(events::from_proto(sent[0].set_stock().quantity()), Decimal::from_integer(5));
}

TEST_F(RouterTest, AnOrderIsSubtractedUntilTheOwnersNextPassCountsIt) {
    feed(stock(5, kYear2026 + 1000));
    take();
    feed(order("1", "processing", now_ms_));
    std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 2U);  // the document, and the lower number
    const Command& document = sent[0].has_export_order() ? sent[0] : sent[1];
    const Command& lower = sent[0].has_export_order() ? sent[1] : sent[0];
    EXPECT_EQ(events::from_proto(lower.set_stock().quantity()), Decimal::from_integer(3));
    EXPECT_EQ(lower.set_stock().counted(0).native_id(), "1");
    feed(made(document));
    take();
    feed(stock(3, now_ms_ + 100));
    EXPECT_TRUE(take().empty())
        << "the owner's number fell by what was subtracted before: nothing changes for the shop";
}

TEST_F(RouterTest, ThePassMarkerReleasesOnlyWhenAllPartitionsSentIt) {
    feed(stock(5, kYear2026 + 1000));
    feed(order("1", "processing", now_ms_));
    std::vector<Command> sent = take();
    for (const Command& command : sent)
        if (command.has_export_order()) feed(made(command));
    take();
    Event marker = stock(0, now_ms_ + 500);
    marker.clear_stock();
    marker.mutable_marker()->set_pass_id("p1");
    for (std::int32_t partition = 0; partition < installation_.router_partitions; ++partition) {
        EXPECT_TRUE(take().empty());
        kafka::Record record = events::to_record(marker, now_ms_);
        record.partition = partition;
        feed(std::move(record));
    }
    sent = take();
    ASSERT_EQ(sent.size(), 1U) << "a complete pass found the row unchanged, so the document is counted in it";
    EXPECT_EQ(events::from_proto(sent[0].set_stock().quantity()), Decimal::from_integer(5));
    EXPECT_EQ(sent[0].cause_key(), "acme/a-1");
}

// After a change of owner the old one may still send its markers: neither pass hides the other.
TEST_F(RouterTest, MarkersOfTwoPassesThatOverlapAreCountedApart) {
    feed(stock(5, kYear2026 + 1000));
    feed(order("1", "processing", now_ms_));
    for (const Command& command : take())
        if (command.has_export_order()) feed(made(command));
    take();
    std::vector<Command> sent;
    for (std::int32_t partition = 0; partition < installation_.router_partitions; ++partition) {
        EXPECT_TRUE(sent.empty());
        for (const std::string pass : {"old", "new"}) {
            Event marker = stock(0, now_ms_ + 500);
            marker.clear_stock();
            marker.mutable_marker()->set_pass_id(pass);
            kafka::Record record = events::to_record(marker, now_ms_);
            record.partition = partition;
            feed(std::move(record));
        }
        sent = take();
    }
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(events::from_proto(sent[0].set_stock().quantity()), Decimal::from_integer(5));
}

TEST_F(RouterTest, AStaleAnswerIsSentAgainOnceTheOrderIsKnown) {
    feed(stock(5, kYear2026 + 1000));
    const Command first = take().at(0);
    CommandResult stale = result_of(first, commands::v1::OUTCOME_STALE);
    *stale.mutable_stock() = first.set_stock();
    feed(stale);
    EXPECT_TRUE(take().empty()) << "nothing new is known yet";
    Event unexported = order("9", "processing", now_ms_);
    unexported.mutable_order()->set_created_at_ms(kYear2026 - 1);
    feed(unexported);
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].set_stock().counted(0).native_id(), "9");
    EXPECT_EQ(events::from_proto(sent[0].set_stock().quantity()), Decimal::from_integer(5));
}

TEST_F(RouterTest, APriceGoesOutOncePerChange) {
    Event event = stock(0, kYear2026 + 1000);
    event.clear_stock();
    event.mutable_price()->set_sku("A-1");
    event.mutable_price()->set_currency("RSD");
    *event.mutable_price()->mutable_regular() = events::to_proto(Decimal::from_integer(1299));
    feed(event);
    std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].set_price().sku(), "SHOP-1");
    event.mutable_source()->set_read_started_at_ms(kYear2026 + 9000);
    event.mutable_source()->set_observed_at_ms(kYear2026 + 9001);
    feed(event);
    EXPECT_TRUE(take().empty());
}

TEST_F(RouterTest, OneMerchantNeverRoutesAnothers) {
    Event event = order("1", "processing", kYear2026 + 1000);
    event.mutable_source()->set_merchant("other");
    feed(event);
    EXPECT_TRUE(take().empty());
    EXPECT_EQ(metrics_.unrouted.value(), 1);
    EXPECT_EQ(dead_letters_.size(), 1U) << "its file may have a mistake: nothing is lost";
}

TEST_F(RouterTest, AnOrderThatIsTouchedLongAfterItsReleaseIsNotSubtractedAgain) {
    feed(stock(5, kYear2026 + 1000));
    feed(order("1", "processing", now_ms_));
    for (const Command& command : take())
        if (command.has_export_order()) feed(made(command));
    feed(stock(3, now_ms_ + 100));
    now_ms_ += kCountedMs + 10'000;
    feed(stock(4, now_ms_));  // goods came in; the order is forgotten with this
    take();
    feed(order("1", "completed", now_ms_));
    EXPECT_TRUE(take().empty()) << "still four";
}

TEST_F(RouterTest, TheShopsOwnNumberIsComparedWithWhatWasPublished) {
    feed(stock(5, kYear2026 + 1000));
    take();
    Event shown = stock(9, now_ms_ + 1000);
    shown.mutable_source()->set_connection("shop");
    shown.mutable_source()->clear_location();
    shown.mutable_stock()->set_sku("SHOP-1");
    shown.mutable_stock()->set_managed(true);
    feed(shown);
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(events::from_proto(sent[0].set_stock().quantity()), Decimal::from_integer(5));
}

TEST_F(RouterTest, AnOrderParkedHereAndThenCancelledTakesNothing) {
    feed(stock(5, kYear2026 + 1000));
    feed(order("1", "wc-strange", now_ms_));
    feed(order("1", "cancelled", now_ms_ + 2000));
    const std::vector<Command> sent = take();
    ASSERT_FALSE(sent.empty());
    EXPECT_EQ(events::from_proto(sent.back().set_stock().quantity()), Decimal::from_integer(5));
}

TEST_F(RouterTest, AnAliasOfTheOwnerLeadsToTheSkuThatItMeans) {
    configure(R"(
merchant: acme
connections: {shop: {system: alpha}, erp: {system: beta}}
routing:
  stock: [{owner: erp, to: shop}]
  sku_aliases: {erp: {A-1: WEB-1}}
)");
    feed(stock(5, kYear2026 + 1000));
    EXPECT_EQ(take().at(0).set_stock().sku(), "WEB-1");
}

TEST_F(RouterTest, WhatABatchTellsOnePartitionIsOneRecordInOrder) {
    std::vector<kafka::Record> out;
    for (int i = 1; i <= 100; ++i) {
        Event event = order(std::to_string(i), "processing", kYear2026 + 1000);
        events::set_content_hash(event);
        ASSERT_TRUE(router_.handle(events::to_record(event, now_ms_), now_ms_, out));
    }
    router_.finish(out);
    std::erase_if(out, [](const kafka::Record& record) { return record.topic != events::stock_topic(); });
    ASSERT_EQ(out.size(), 1U);
    internal::v1::LedgerInputs inputs;
    ASSERT_TRUE(inputs.ParseFromString(*out[0].value));
    ASSERT_EQ(inputs.inputs_size(), 100);
    for (int i = 1; i <= 100; ++i)
        EXPECT_EQ(inputs.inputs(i - 1).claim().order().native_id(), std::to_string(i));
    EXPECT_EQ(out[0].partition, partition_of("acme/a-1", installation_.router_partitions));
    EXPECT_FALSE(inputs.inputs(0).traceparent().empty());
}

TEST_F(RouterTest, WhatManyEventsTellIsCutIntoRecordsOfBoundedSize) {
    std::vector<kafka::Record> out;
    Event event = order("1", "processing", kYear2026 + 1000);
    for (int i = 0; i < 5'000; ++i) *event.mutable_order()->add_lines() = event.order().lines(0);
    for (int i = 0; i < event.order().lines_size(); ++i)
        event.mutable_order()->mutable_lines(i)->set_sku("SKU-" + std::to_string(i));
    events::set_content_hash(event);
    ASSERT_TRUE(router_.handle(events::to_record(event, now_ms_), now_ms_, out));
    router_.finish(out);
    int inputs = 0;
    for (const kafka::Record& record : out) {
        if (record.topic != events::stock_topic()) continue;
        EXPECT_LT(record.value->size(), 128U * 1024);
        internal::v1::LedgerInputs part;
        ASSERT_TRUE(part.ParseFromString(*record.value));
        inputs += part.inputs_size();
        for (const internal::v1::LedgerInput& input : part.inputs())
            EXPECT_EQ(partition_of("acme/" + input.sku(), installation_.router_partitions), record.partition);
    }
    EXPECT_EQ(inputs, event.order().lines_size());
}

TEST_F(RouterTest, ADroppedBatchTellsTheLedgerNothing) {
    std::vector<kafka::Record> out;
    Event event = order("1", "processing", kYear2026 + 1000);
    events::set_content_hash(event);
    ASSERT_TRUE(router_.handle(events::to_record(event, now_ms_), now_ms_, out));
    router_.drop();
    out.clear();
    router_.finish(out);
    EXPECT_TRUE(out.empty());
}

TEST_F(RouterTest, AnInputAtFaultIsSetAsideAloneAndTheOthersCount) {
    internal::v1::LedgerInputs inputs;
    for (const char* merchant : {"acme", "unknown", "acme"}) {
        internal::v1::LedgerInput& input = *inputs.add_inputs();
        input.set_merchant(merchant);
        input.set_sku("a-1");
        internal::v1::LedgerSnapshot& snapshot = *input.mutable_snapshot();
        snapshot.set_connection("erp");
        snapshot.set_location("1");
        snapshot.set_sku("A-1");
        snapshot.set_read_started_at_ms(kYear2026 + inputs.inputs_size());
        *snapshot.mutable_free() = events::to_proto(Decimal::from_integer(inputs.inputs_size()));
    }
    kafka::Record record;
    record.topic = events::stock_topic();
    record.partition = partition_of("acme/a-1", installation_.router_partitions);
    record.value = inputs.SerializeAsString();
    feed(std::move(record));
    EXPECT_EQ(take().size(), 2U);
    ASSERT_EQ(dead_letters_.size(), 1U);
    internal::v1::DeadLetter letter;
    ASSERT_TRUE(letter.ParseFromString(*dead_letters_[0].value));
    EXPECT_EQ(letter.key(), "unknown/a-1");
    internal::v1::LedgerInputs kept;
    ASSERT_TRUE(kept.ParseFromString(letter.value()));
    ASSERT_EQ(kept.inputs_size(), 1);
    EXPECT_EQ(kept.inputs(0).merchant(), "unknown");
}

TEST_F(RouterTest, ARecordThatIsNotOursIsSetAsideWithItsBytes) {
    kafka::Record record;
    record.topic = events::event_topic(events::Entity::kOrder);
    record.key = "acme/shop/1";
    record.value = "\xff\xff not protobuf";
    record.offset = 41;
    feed(record);
    ASSERT_EQ(dead_letters_.size(), 1U);
    internal::v1::DeadLetter letter;
    ASSERT_TRUE(letter.ParseFromString(*dead_letters_[0].value));
    EXPECT_EQ(letter.value(), *record.value);
    EXPECT_EQ(letter.offset(), 41);
    EXPECT_TRUE(take().empty());
}

}  // namespace
}  // namespace shopwire::router
