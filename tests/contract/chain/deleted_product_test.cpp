// Goal: an order line whose product was deleted in the shop holds up its own order and nothing else.  Method: the
// shop's webhook, the router and the sink of the ERP in one row, without Kafka: what one gives is handed to the next.
#include "common/runtime/event_records.h"
#include "services/sors/connector.h"
#include "services/woocommerce/intake.h"
#include "tests/unit/common/runtime/sink_bench.h"
#include "tests/unit/services/router/router_fixture.h"
#include "tests/unit/services/sors/rig.h"
#include "tests/unit/services/woocommerce/shop_fixture.h"

namespace shopwire {
namespace {

constexpr std::string_view kChain = R"(
merchant: acme
connections:
  shop: {system: woocommerce}
  erp: {system: sors}
routing:
  orders: [{from: shop, to: erp, export_since: "2026-01-01T00:00:00Z", prefix: WC}]
)";

void swap_text(std::string& text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
}

// The recorded order of two lines, under another number.
std::string order_body(const std::string& id) {
    const json::Document delivery = woocommerce::capture("webhook-delivery-order-created.json");
    std::string body = delivery.root().member("delivery").member("body").dump();
    swap_text(body, R"({"id":55)", R"({"id":)" + id);
    swap_text(body, R"("number":"55")", R"("number":")" + id + '"');
    return body;
}

// As the shop shows a line whose product is gone (order-create-unknown-product.json).
std::string with_deleted_product(std::string body) {
    swap_text(body, R"("product_id":52)", R"("product_id":0)");
    swap_text(body, R"("sku":"HK-1795292906")", R"("sku":null)");
    return body;
}

struct Bench : runtime::SinkBench {
    using SinkBench::calls_;
    using SinkBench::core_;
    using SinkBench::results_;
    using SinkBench::rules_;
};

class DeletedProduct : public router::RouterTest {
 protected:
    DeletedProduct() : rig_("sors-en", "currencies: [EUR]\nunknown_sku: reject") {
        bench_.rules_ = sors::spec().actions;
        bench_.restart();
        bench_.core_->configure("acme/erp", 2);
        rig_.transport.otherwise([this](const http::Request& request, std::stop_token) { return erp(request); });
    }
    void SetUp() override {
        now_ms_ = 1'795'300'000'000;  // the day after the order
        configure(kChain);
    }

    // The shop delivers it; the event goes to the router.
    events::Event deliver(const std::string& body) {
        const auto received =
            woocommerce::Intake(shop_.shop)
                .receive({.method = "POST",
                          .headers = {{"X-WC-Webhook-Topic", "order.updated"},
                                      {"X-WC-Webhook-Signature",
                                       woocommerce::webhook_signature(body, Secret(woocommerce::kSecret))}},
                          .body = body});
        EXPECT_EQ(received.kind, "ok");
        EXPECT_EQ(received.changes.size(), 1U);
        const runtime::Sighting sighting{.merchant = "acme",
                                         .connection = "shop",
                                         .system = "woocommerce",
                                         .origin = events::v1::ORIGIN_WEBHOOK,
                                         .observed_at_ms = now_ms_};
        runtime::ChangeRecord record = runtime::to_change_record(received.changes.at(0), sighting, "webhook", now_ms_);
        EXPECT_TRUE(record.status) << record.status.error().message;
        events::Event event = events::parse_event(record.record).value();
        feed(std::move(record.record));
        return event;
    }

    // Everything that waits for the ERP is sent there, and its results go back to the router.
    void settle() {
        for (const router::Command& command : take()) {
            if (command.connection() == "erp")
                bench_.append(command);
            else
                told_to_shop_.push_back(command);
        }
        bench_.feed();
        bench_.turn();
        while (!bench_.calls_.empty()) {
            const runtime::SinkCore::Call call = std::move(bench_.calls_.front());
            bench_.calls_.erase(bench_.calls_.begin());
            bench_.core_->complete({.id = call.id, .answers = answers_to(call)});
            bench_.turn();
        }
        for (; results_seen_ < bench_.results_.size(); ++results_seen_) feed(bench_.results_[results_seen_]);
        for (router::Command& command : take()) told_to_shop_.push_back(std::move(command));
    }

    std::vector<runtime::Answer> answers_to(const runtime::SinkCore::Call& call) {
        std::vector<runtime::Answer> answers;
        if (call.lookup)
            for (const events::Command& command : call.commands) answers.push_back(rig_.sink->find(command, {}));
        else
            for (Result<runtime::Applied>& applied : rig_.sink->apply(call.commands, {}))
                answers.push_back(applied ? runtime::Answer(std::optional(*std::move(applied)))
                                          : std::unexpected(std::move(applied).error()));
        return answers;
    }

    // It has no customer and no document yet.
    Result<http::Response> erp(const http::Request& request) {
        const sors::Wire answers = sors::wire("sors-en");
        const bool of_customer = request.url.ends_with("/customers");
        if (of_customer && request.method == "POST")
            return http::Response{.status = 201, .body = answers.customer_made};
        if (request.method != "POST") return http::Response{.status = 200, .body = answers.no_rows};
        sent_.push_back(std::string(json::Document::parse(request.body)->root().member("externalNumber").text()));
        std::string made = answers.document;
        swap_text(made, "WC-10231", sent_.back());
        swap_text(made, "3500.0", "11.90");
        return http::Response{.status = 201, .body = made};
    }

    woocommerce::TestShop shop_{};
    sors::Rig rig_;
    Bench bench_{};
    std::size_t results_seen_ = 0;
    std::vector<std::string> sent_{};  // documents, by external number
    std::vector<router::Command> told_to_shop_{};
};

TEST_F(DeletedProduct, TheEventIsWholeItsExportParksAndOtherOrdersGoOn) {
    const events::Event event = deliver(with_deleted_product(order_body("56")));
    ASSERT_EQ(event.order().lines_size(), 2);
    const events::v1::OrderLine& line = event.order().lines(0);
    EXPECT_EQ(line.native_id(), "31");
    EXPECT_EQ(line.name(), "Hook product");
    EXPECT_EQ(line.sku() + line.product_native_id(), "");
    EXPECT_EQ(events::from_proto(line.quantity()), dec("1"));
    EXPECT_EQ(events::from_proto(line.total()), dec("7.09"));
    EXPECT_FALSE(event.order().lines(1).sku().empty());
    EXPECT_EQ(events::from_proto(event.order().total()), dec("11.90"));
    deliver(order_body("57"));
    settle();

    EXPECT_EQ(sent_, std::vector<std::string>{"WC-57"});
    const std::string reason = "making document WC-56: line 31 without SKU is not known to SORS";
    const std::vector<runtime::Parked> parked = bench_.core_->parked_list(10);
    ASSERT_EQ(parked.size(), 1U);
    EXPECT_EQ(parked[0].reason(), reason);
    ASSERT_EQ(waiting().count, 1U);
    EXPECT_EQ(waiting().items.at(0).order, "acme/shop/56");
    EXPECT_EQ(waiting().items.at(0).reason, reason);
    ASSERT_EQ(told_to_shop_.size(), 1U) << "the number of the other one's document";
    EXPECT_EQ(told_to_shop_[0].add_order_note().order_native_id(), "57");

    // What is parked is the whole order: once the line has an article, it goes out as it stands.
    std::string mended = order_body("56");
    swap_text(mended, R"("date_modified_gmt":"2026-11-21T20:28)", R"("date_modified_gmt":"2026-11-21T20:38)");
    deliver(mended);
    settle();
    EXPECT_EQ(sent_, (std::vector<std::string>{"WC-57", "WC-56"}));
    EXPECT_TRUE(bench_.core_->parked_list(10).empty());
    EXPECT_EQ(waiting().count, 0U);
}

}  // namespace
}  // namespace shopwire
