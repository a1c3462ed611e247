// Stock and prices become numbers of the shop; what the router tells itself, and what is set aside.
#include "tests/unit/services/router/router_fixture.h"

namespace shopwire::router {
namespace {

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

TEST_F(RouterTest, NegativeStockIsShownAsNoneAndCounted) {
    feed(stock(5, kYear2026 + 1000));
    take();
    feed(stock(-2, kYear2026 + 2000));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(events::from_proto(sent[0].set_stock().quantity()), Decimal());
    EXPECT_EQ(metrics_.negative_stock.value(), 1);
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

// One marker brings all articles of a partition forward: one that cannot be read must not cost the others their
// numbers, for their ledgers say already that these were sent.
TEST_F(RouterTest, AnArticleThatCannotBeReadIsSetAsideAlone) {
    constexpr int kArticles = 40;
    Event many = order("1", "processing", now_ms_);
    std::map<std::int32_t, std::vector<std::string>> by_partition;
    for (int i = 0; i < kArticles; ++i) {
        const std::string sku = "b-" + std::to_string(100 + i);
        Event row = stock(5, kYear2026 + 1000);
        row.mutable_stock()->set_sku(sku);
        feed(row);
        events::v1::OrderLine& line = *many.mutable_order()->add_lines();
        line.set_sku(sku);
        *line.mutable_quantity() = events::to_proto(Decimal::from_integer(2));
        by_partition[partition_of(events::join_key({"acme", sku}), installation_.router_partitions)].push_back(sku);
    }
    feed(many);
    for (const Command& command : take())
        if (command.has_export_order()) feed(made(command));
    take();
    const auto full = std::ranges::max_element(by_partition, {}, [](const auto& entry) { return entry.second.size(); });
    ASSERT_GE(full->second.size(), 2U);
    ledgers_.put(full->first, ledger_key("acme", full->second.back()), "no ledger");
    Event marker = stock(0, now_ms_ + 500);
    marker.clear_stock();
    marker.mutable_marker()->set_pass_id("p1");
    for (std::int32_t partition = 0; partition < installation_.router_partitions; ++partition) {
        kafka::Record record = events::to_record(marker, now_ms_);
        record.partition = partition;
        feed(std::move(record));
    }
    std::set<std::string> raised;
    for (const Command& command : take()) {
        EXPECT_EQ(events::from_proto(command.set_stock().quantity()), Decimal::from_integer(5));
        raised.insert(command.set_stock().sku());
    }
    EXPECT_EQ(raised.size(), std::size_t{kArticles - 1});
    EXPECT_FALSE(raised.contains(full->second.back()));
    ASSERT_EQ(dead_letters_.size(), 1U);
    EXPECT_EQ(dead_letters_[0].key, events::join_key({"acme", full->second.back()}));
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

// The owner's campaign starts in the second in which somebody changes the price in the shop: the owner's stands, each
// change of its is one message, and what the shop shows of it starts nothing.
TEST_F(RouterTest, TheOwnersPriceStandsWhereTheShopChangedItInTheSameSecond) {
    const auto price = [this](const std::string& connection, int regular, int sale) {
        Event event = stock(0, ++now_ms_);
        event.clear_stock();
        event.mutable_source()->set_connection(connection);
        event.mutable_source()->set_modified_at_ms(kYear2026 + 5'000);
        event.mutable_price()->set_sku(connection == "shop" ? "SHOP-1" : "A-1");
        event.mutable_price()->set_currency("RSD");
        *event.mutable_price()->mutable_regular() = events::to_proto(Decimal::from_integer(regular));
        if (sale > 0) *event.mutable_price()->mutable_sale() = events::to_proto(Decimal::from_integer(sale));
        return event;
    };
    feed(price("erp", 100, 0));
    EXPECT_EQ(take().size(), 1U);
    feed(price("shop", 90, 0));
    EXPECT_TRUE(take().empty());
    feed(price("erp", 100, 80));  // the campaign
    feed(price("shop", 90, 0));
    feed(price("erp", 120, 96));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 2U) << "one for each state of the owner";
    EXPECT_EQ(events::from_proto(sent[1].set_price().regular()), Decimal::from_integer(120));
    EXPECT_EQ(events::from_proto(sent[1].set_price().sale()), Decimal::from_integer(96));
    for (const Command& command : sent) feed(result_of(command, commands::v1::OUTCOME_APPLIED));
    feed(price("shop", 120, 96));
    feed(price("erp", 120, 96));
    EXPECT_TRUE(take().empty()) << "the echo, and the next pass";
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

TEST_F(RouterTest, WhatTheMerchantPaysLeavesOnlyWhereTheRouteAsksForIt) {
    const auto tell = [this](int purchase) {
        Event event = stock(0, now_ms_ + 1000);
        event.clear_stock();
        event.mutable_price()->set_sku("A-1");
        event.mutable_price()->set_currency("RSD");
        *event.mutable_price()->mutable_regular() = events::to_proto(Decimal::from_integer(1299));
        *event.mutable_price()->mutable_purchase() = events::to_proto(Decimal::from_integer(purchase));
        feed(std::move(event));
        return take();
    };
    const std::vector<Command> silent = tell(800);
    ASSERT_EQ(silent.size(), 1U);
    EXPECT_FALSE(silent[0].set_price().has_purchase());
    EXPECT_TRUE(tell(810).empty()) << "it changes nothing there";
    std::string asking(kMerchant);
    asking.replace(asking.find("from: erp, to: shop}"), 20, "from: erp, to: shop, purchase: on}");
    configure(asking);
    const std::vector<Command> told = tell(820);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(events::from_proto(told[0].set_price().purchase()), Decimal::from_integer(820));
    EXPECT_EQ(tell(830).size(), 1U);
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

// A shop subtracts its own orders itself, at once: subtracting them again would hide pieces from the others.
TEST_F(RouterTest, WhereTheShopOwnsTheStockItsOwnOrdersAreNotSubtractedAgain) {
    configure(R"(
merchant: acme
connections: {shop: {system: alpha}, crm: {system: gamma}}
routing:
  orders: [{from: shop, to: crm, export_since: "2026-01-01T00:00:00Z", prefix: WC}]
  stock: [{owner: shop, to: crm}]
)");
    const auto shows = [this](std::int64_t free, std::int64_t read_started_ms) {
        Event event = stock(free, now_ms_);
        event.mutable_source()->set_connection("shop");
        event.mutable_source()->clear_location();
        event.mutable_source()->set_read_started_at_ms(read_started_ms);
        event.mutable_source()->set_modified_at_ms(now_ms_);
        event.mutable_stock()->set_managed(true);
        feed(event);
    };
    shows(5, now_ms_);
    EXPECT_EQ(events::from_proto(take().at(0).set_stock().quantity()), Decimal::from_integer(5));
    feed(order("1", "processing", now_ms_));  // two pieces
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(sent[0].has_export_order());
    shows(3, 0);  // its webhook
    EXPECT_EQ(events::from_proto(take().at(0).set_stock().quantity()), Decimal::from_integer(3));
    feed(made(sent[0]));
    take();
    shows(3, now_ms_);
    EXPECT_TRUE(take().empty()) << "three are left, the order is in them already";
    feed(order("1", "cancelled", now_ms_));
    take();
    shows(5, 0);
    EXPECT_EQ(events::from_proto(take().at(0).set_stock().quantity()), Decimal::from_integer(5));
}

TEST_F(RouterTest, AConnectionMayShowOneOwnersStockAndOwnThatOfAThird) {
    configure(R"(
merchant: acme
connections: {shop: {system: alpha}, erp: {system: beta}, crm: {system: gamma}}
routing:
  stock: [{owner: erp, to: shop}, {owner: shop, to: crm}]
)");
    feed(stock(5, kYear2026 + 1000));
    EXPECT_EQ(take().at(0).connection(), "shop");
    Event shown = stock(9, now_ms_ + 1000);
    shown.mutable_source()->set_connection("shop");
    shown.mutable_source()->clear_location();
    shown.mutable_stock()->set_managed(true);
    feed(shown);
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 2U);
    for (const Command& command : sent)
        EXPECT_EQ(events::from_proto(command.set_stock().quantity()),
                  Decimal::from_integer(command.connection() == "shop" ? 5 : 9));
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
    ASSERT_TRUE(inputs.ParseFromString(out[0].value.value()));
    ASSERT_EQ(inputs.inputs_size(), 100);
    for (int i = 1; i <= 100; ++i) EXPECT_EQ(inputs.inputs(i - 1).claim().order().native_id(), std::to_string(i));
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
        EXPECT_LT(record.value.value().size(), 128U * 1024);
        internal::v1::LedgerInputs part;
        ASSERT_TRUE(part.ParseFromString(record.value.value()));
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
    ASSERT_TRUE(letter.ParseFromString(dead_letters_[0].value.value()));
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
    ASSERT_TRUE(letter.ParseFromString(dead_letters_[0].value.value()));
    EXPECT_EQ(letter.value(), record.value);
    EXPECT_EQ(letter.offset(), 41);
    EXPECT_TRUE(take().empty());
}

TEST_F(RouterTest, ARecordOfANewerMajorVersionIsSetAsideWithItsBytes) {
    kafka::Record record = events::to_record(order("1", "processing", now_ms_), now_ms_);
    record.headers = {{"ce_type", "shopwire.events.v2.order"}, {"content-type", "application/protobuf"}};
    feed(record);
    EXPECT_TRUE(take().empty());
    ASSERT_EQ(dead_letters_.size(), 1U);
    internal::v1::DeadLetter letter;
    ASSERT_TRUE(letter.ParseFromString(dead_letters_[0].value.value()));
    EXPECT_EQ(letter.value(), record.value);
    EXPECT_TRUE(letter.error().contains("is of a newer version than this program reads")) << letter.error();
}

}  // namespace
}  // namespace shopwire::router
