// Deliveries over loopback: what is sent, signed, joined, lost and disabled.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>

#include "tests/sandbox/kit/http_server.h"
#include "tests/sandbox/shop/storefront.h"
#include "tests/unit/sandbox/shop/capture.h"

namespace sandbox::shop::testing {

namespace {

constexpr auto kPatience = std::chrono::seconds(20);

// Collects deliveries and answers as told.
class Receiver {
 public:
    Receiver() {
        auto started = kit::HttpServer::start({}, [this](const kit::Request& request) {
            const std::scoped_lock lock(mutex_);
            got_.push_back(request);
            changed_.notify_all();
            return kit::json_response(status_, "");
        });
        server_ = std::move(*started);
    }

    std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->http_port()) + "/hook"; }
    void answer_with(int status) {
        const std::scoped_lock lock(mutex_);
        status_ = status;
    }
    // The requests once there are that many; pings are among them.
    std::vector<kit::Request> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, kPatience, [&] { return got_.size() >= count; });
        return got_;
    }

 private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<kit::Request> got_;
    int status_ = 200;
    std::unique_ptr<kit::HttpServer> server_;
};

std::int64_t subscribe(RecordedShop& shop, const Receiver& receiver, const char* topic) {
    const Json body{{"topic", topic}, {"delivery_url", receiver.url()}, {"secret", "s3cr&t<\"ä"}};
    return shop.call("POST", "/webhooks", body)["id"].get<std::int64_t>();
}

void settle(RecordedShop& shop) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!shop.hooks.idle() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

void save(RecordedShop& shop) {
    shop.call("PUT", "/products/36", Json::object());
    settle(shop);
}

std::string status_of(RecordedShop& shop, std::int64_t id) {
    return shop.call("GET", "/webhooks/" + std::to_string(id))["status"].get<std::string>();
}

}  // namespace

TEST(Webhooks, PingUnsignedAndThenDeliverTheSignedResource) {
    RecordedShop shop;
    shop.fill();
    Receiver receiver;
    const auto id = subscribe(shop, receiver, "product.updated");
    save(shop);
    const auto got = receiver.wait_for(2);
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].body, "webhook_id=" + std::to_string(id));
    EXPECT_EQ(*got[0].header("Content-Type"), "application/x-www-form-urlencoded");
    EXPECT_EQ(got[0].header("X-WC-Webhook-Signature"), nullptr);
    const auto& delivery = got[1];
    EXPECT_EQ(*delivery.header("X-WC-Webhook-Topic"), "product.updated");
    EXPECT_EQ(*delivery.header("Connection"), "close");
    EXPECT_EQ(*delivery.header("X-WC-Webhook-Signature"),
              kit::base64_encode(kit::hmac_sha256("s3cr&t<\"ä", delivery.body)));
    EXPECT_EQ(Json::parse(delivery.body)["id"], 36);
    EXPECT_NE(delivery.body.find("https:\\/\\/"), std::string::npos) << "slashes are escaped";
}

TEST(Webhooks, CarryTheRecordedHeadersAndNoOthers) {
    RecordedShop shop;
    shop.fill();
    Receiver receiver;
    subscribe(shop, receiver, "product.updated");
    save(shop);
    std::set<std::string> sent;
    const auto got = receiver.wait_for(2);
    for (const auto& [name, value] : got.back().headers) sent.insert(name);
    const auto capture = load_capture("webhook-delivery-product-updated");
    std::set<std::string> recorded;
    for (const auto& header : capture["delivery"]["headers"]) recorded.insert(header[0].get<std::string>());
    EXPECT_EQ(sent, recorded);
}

TEST(Webhooks, JoinEventsThatWaitAndShowTheLatestState) {
    RecordedShop shop;
    shop.fill();
    auto config = shop.store.config();
    config.webhook_delay_ms = 100;
    {
        const std::scoped_lock lock(shop.store.mutex);
        shop.store.set_config(config);
    }
    Receiver receiver;
    subscribe(shop, receiver, "product.updated");
    for (const int stock : {11, 12, 13}) shop.call("PUT", "/products/36", {{"stock_quantity", stock}});
    settle(shop);
    const auto got = receiver.wait_for(2);
    ASSERT_EQ(got.size(), 2U) << "one ping, one delivery";
    EXPECT_EQ(Json::parse(got[1].body)["stock_quantity"], 13);
}

TEST(Webhooks, AreDisabledByTheSeventhFailureInARowAndByTheNextOneAfterThat) {
    RecordedShop shop;
    shop.fill();
    Receiver receiver;
    const auto id = subscribe(shop, receiver, "product.updated");
    receiver.answer_with(500);
    for (int i = 0; i < 6; ++i) save(shop);
    EXPECT_EQ(status_of(shop, id), "active");
    save(shop);
    EXPECT_EQ(status_of(shop, id), "disabled");
    save(shop);
    EXPECT_EQ(receiver.wait_for(8).size(), 8U) << "nothing is sent while disabled";
    shop.call("PUT", "/webhooks/" + std::to_string(id), {{"status", "active"}});
    save(shop);
    EXPECT_EQ(status_of(shop, id), "disabled") << "setting active does not reset the count";
}

TEST(Webhooks, StaySilentForForcedAndBatchedDeletesAndTellOfTrash) {
    RecordedShop shop;
    shop.fill();
    Receiver receiver;
    subscribe(shop, receiver, "product.deleted");
    shop.call("DELETE", "/products/32?force=true");
    shop.call("POST", "/products/batch", {{"delete", {33}}});
    shop.call("DELETE", "/products/16/variations/17?force=true");
    shop.call("DELETE", "/products/34");
    settle(shop);
    const auto got = receiver.wait_for(2);
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[1].body, "{\"id\":34}");
}

TEST(Webhooks, SendTheErrorObjectWhenTheResourceIsGone) {
    RecordedShop shop;
    shop.fill();
    Webhook hook;
    hook.topic = "product.updated";
    const auto recorded = load_capture("webhook-delivery-of-deleted-resource");
    EXPECT_EQ(webhook_payload(shop.store, hook, 999), recorded["delivery"]["body_raw"].get<std::string>());
}

TEST(Webhooks, AreLostDoubledSpoiledAndCutOnRequest) {
    RecordedShop shop;
    shop.fill();
    Receiver receiver;
    subscribe(shop, receiver, "product.updated");
    const auto with = [&](const char* kind) {
        shop.faults.clear();
        const Json rule{{"match", {{"channel", "webhook"}}}, {"fault", {{"kind", kind}, {"delay_ms", 1}}}};
        EXPECT_FALSE(shop.faults.add(rule.dump()));
        save(shop);
    };
    with("lost");
    EXPECT_EQ(receiver.wait_for(1).size(), 1U);
    with("duplicate");
    EXPECT_EQ(receiver.wait_for(3).size(), 3U);
    with("bad_signature");
    const auto spoiled = receiver.wait_for(4).back();
    EXPECT_NE(*spoiled.header("X-WC-Webhook-Signature"),
              kit::base64_encode(kit::hmac_sha256("s3cr&t<\"ä", spoiled.body)));
    with("truncate");
    EXPECT_TRUE(Json::parse(receiver.wait_for(5).back().body, nullptr, false).is_discarded());
    with("delay");
    EXPECT_EQ(receiver.wait_for(6).size(), 6U);
}

TEST(Webhooks, OfACheckoutQueueTheUpdateBeforeTheCreation) {
    RecordedShop shop;
    shop.fill();
    Receiver receiver;
    for (const char* topic : {"order.created", "order.updated", "product.updated"}) subscribe(shop, receiver, topic);
    ASSERT_TRUE(checkout(shop.context, {{"lines", {{{"sku", "TS-R-S"}, {"quantity", 1}}}}}));
    settle(shop);
    std::vector<std::string> topics;
    for (const auto& request : receiver.wait_for(6)) {
        if (const auto* topic = request.header("X-WC-Webhook-Topic")) topics.push_back(*topic);
    }
    EXPECT_THAT(topics, ::testing::UnorderedElementsAre("order.created", "order.updated", "product.updated"));
}

}  // namespace sandbox::shop::testing
