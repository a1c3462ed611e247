#include "services/woocommerce/upkeep.h"

#include <gtest/gtest.h>

#include "tests/unit/services/woocommerce/shop_fixture.h"

namespace shopwire::woocommerce {
namespace {

const std::vector<std::string> kTopics{"order.created",    "order.updated",    "order.deleted",
                                       "product.created",  "product.updated",  "product.deleted",
                                       "customer.created", "customer.updated", "customer.deleted"};
const std::string kUrl = "https://us.example/webhooks/acme/shop";

std::string webhook(int id, const std::string& topic, const std::string& status = "active",
                    const std::string& url = kUrl, const std::string& name = "shopwire acme/shop ") {
    return R"({"id":)" + std::to_string(id) + R"(,"name":")" + name + (name.ends_with(' ') ? topic : "") +
           R"(","topic":")" + topic + R"(","status":")" + status + R"(","delivery_url":")" + url + R"("})";
}

// All nine as they should be, but those of the topics that are named.
std::string all_but(const std::vector<std::string>& topics, const std::string& extra = "") {
    std::string text = "[";
    int id = 1;
    for (const std::string& topic : kTopics) {
        if (std::ranges::find(topics, topic) == topics.end()) text += (text.size() > 1 ? "," : "") + webhook(id, topic);
        ++id;
    }
    return text + extra + "]";
}

class UpkeepTest : public ::testing::Test {
 protected:
    // A first run that finds everything in place sends the secrets.
    void settle() {
        test.reply_facts();
        test.transport.reply(200, all_but({}));
        for (std::size_t i = 0; i < kTopics.size(); ++i)
            test.transport.reply(200, webhook(static_cast<int>(i) + 1, kTopics[i]));
        ASSERT_TRUE(upkeep.run({}));
        settled = test.transport.requests().size();
    }
    std::vector<std::string> since() const {
        std::vector<std::string> paths;
        for (std::size_t i = settled; i < test.transport.requests().size(); ++i) paths.push_back(test.path(i));
        return paths;
    }

    TestShop test{};
    Upkeep upkeep{test.shop};
    std::size_t settled = 0;
};

using Paths = std::vector<std::string>;

TEST_F(UpkeepTest, RegistersNineWebhooksWithOurSecret) {
    test.reply_facts();
    test.transport.reply(200, answered("webhooks-list-200.json"));  // of somebody else
    for (std::size_t i = 0; i < kTopics.size(); ++i) test.transport.reply(201, answered("webhook-create-201.json"));
    ASSERT_TRUE(upkeep.run({}));
    EXPECT_EQ(test.path(5), "POST webhooks");
    EXPECT_EQ(test.transport.requests().size(), 14U);
    EXPECT_EQ(
        test.transport.requests()[5].body,
        R"({"name":"shopwire acme/shop order.created","topic":"order.created","status":"active","delivery_url":")" +
            kUrl + "\",\"secret\":\"s3cr&t<\\\"\u00E4\"}");
}

TEST_F(UpkeepTest, AsksOnlyForTheListWhenAllIsWell) {
    settle();
    test.transport.reply(200, all_but({}));
    ASSERT_TRUE(upkeep.run({}));
    EXPECT_EQ(since(), Paths{"GET webhooks"});
}

TEST_F(UpkeepTest, SwitchesADisabledWebhookOnAgain) {
    settle();
    test.transport.reply(200, all_but({"order.updated"}, "," + webhook(18, "order.updated", "disabled")));
    test.transport.reply(200, answered("webhook-reactivate-200.json"));
    ASSERT_TRUE(upkeep.run({}));
    EXPECT_EQ(since(), (Paths{"GET webhooks", "PUT webhooks/18"}));
    EXPECT_NE(test.transport.last().body.find(R"("status":"active")"), std::string::npos);
    EXPECT_EQ(test.metrics->counter("shopwire_woocommerce_webhooks_restored_total", "", {{"connection", "acme/shop"}})
                  .value(),
              1);
}

TEST_F(UpkeepTest, PointsAWebhookAtOurAddress) {
    settle();
    test.transport.reply(
        200, all_but({"order.updated"}, "," + webhook(37, "order.updated", "active", "https://old.example/")));
    test.transport.reply(200, answered("webhook-update-url-200.json"));
    ASSERT_TRUE(upkeep.run({}));
    EXPECT_EQ(since(), (Paths{"GET webhooks", "PUT webhooks/37"}));
}

TEST_F(UpkeepTest, RemovesADoubledWebhookAndLeavesThoseOfOthers) {
    settle();
    test.transport.reply(200, all_but({}, "," + webhook(50, "order.updated") + "," +
                                              webhook(51, "order.updated", "active", kUrl, "Sync")));
    test.transport.reply(200, answered("webhook-delete-200.json"));
    ASSERT_TRUE(upkeep.run({}));
    EXPECT_EQ(since(), (Paths{"GET webhooks", "DELETE webhooks/50"}));
    EXPECT_EQ(test.query(settled + 1, "force"), "true");
}

TEST_F(UpkeepTest, LeavesAPausedWebhookToThePersonWhoPausedIt) {
    settle();
    test.transport.reply(200, all_but({"order.updated"}, "," + webhook(2, "order.updated", "paused")));
    ASSERT_TRUE(upkeep.run({}));
    EXPECT_EQ(since(), Paths{"GET webhooks"});
    EXPECT_EQ(test.metrics->gauge("shopwire_woocommerce_webhooks_kept", "", {{"connection", "acme/shop"}}).value(), 8);
}

TEST_F(UpkeepTest, SendsTheSecretAgainAfterAWriteThatFailed) {
    test.reply_facts();
    test.transport.reply(200, all_but({}));
    test.transport.reply(500, "{}");
    EXPECT_EQ(upkeep.run({}).error().kind, ErrorKind::kAmbiguous);
    test.transport.reply(200, all_but({}));
    test.transport.reply(200, "{}");  // of something in between
    EXPECT_EQ(upkeep.run({}).error().kind, ErrorKind::kAmbiguous);
    test.transport.reply(200, all_but({}));
    for (std::size_t i = 0; i < kTopics.size(); ++i)
        test.transport.reply(200, webhook(static_cast<int>(i) + 1, kTopics[i]));
    EXPECT_TRUE(upkeep.run({}));
    EXPECT_EQ(test.transport.unused(), 0U);
}

TEST(Upkeep, DoesNothingWithoutAnAddressOrWhenSwitchedOff) {
    TestShop hidden(settings(), "");
    EXPECT_TRUE(Upkeep(hidden.shop).run({}));
    Settings off = settings();
    off.webhooks = false;
    TestShop silent(off);
    EXPECT_TRUE(Upkeep(silent.shop).run({}));
    EXPECT_TRUE(hidden.transport.requests().empty() && silent.transport.requests().empty());
}

}  // namespace
}  // namespace shopwire::woocommerce
