// Plays Kafka for the router: what the router sends to itself comes back.
#pragma once

#include <gtest/gtest.h>

#include <deque>

#include "common/core/ids.h"
#include "common/events/topics.h"
#include "services/router/ledger.h"
#include "services/router/memory_store.h"
#include "services/router/overview.h"
#include "services/router/router.h"

namespace shopwire::router {

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
                if (sent.topic == events::stock_topic() || sent.topic == events::native_topic() ||
                    sent.topic == events::identity_topic())
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

}  // namespace shopwire::router
