// Only the shop's own 404 says that something is gone.  What stands between us and the shop (a login, a filter of the
// host) answers too, and must not make something deleted of what is there.
#include <gtest/gtest.h>

#include "services/woocommerce/sink.h"
#include "services/woocommerce/webhooks.h"
#include "tests/unit/services/woocommerce/shop_fixture.h"

namespace shopwire::woocommerce {
namespace {

const std::string kProductA =
    R"([{"id":1,"parent_id":0,"type":"simple","sku":"A","manage_stock":true,"stock_quantity":2}])";

class GoneTest : public ::testing::Test {
 protected:
    Result<runtime::Applied> apply_one(const events::Command& command) {
        return std::move(sink.apply({&command, 1}, {}).front());
    }
    TestShop test{};
    Sink sink{test.shop};
};

events::Command stock(int quantity) {
    events::Command command;
    command.mutable_set_stock()->set_sku("A");
    *command.mutable_set_stock()->mutable_quantity() = events::to_proto(Decimal::from_integer(quantity));
    return command;
}

TEST_F(GoneTest, AnOrderInTheWayOfANumberStaysUntilTheShopSaysThatItIsGone) {
    const std::string orders =
        R"([{"id":55,"number":"1","status":"processing","date_modified_gmt":"2026-11-21T20:00:00","currency":"EUR",)"
        R"("prices_include_tax":true,"discount_total":"0","total":"1","total_tax":"0","line_items":[{"id":1,"sku":"A",)"
        R"("quantity":1,"subtotal":"1","subtotal_tax":"0","total":"1","total_tax":"0"}]}])";
    for (const int status : {302, 400, 406, 410}) {
        test.transport.reply(200, kProductA);
        if (status == 302) test.transport.reply(200, orders);  // it is known from then on
        test.transport.reply(status, "<html>who are you?</html>");
        const Result<runtime::Applied> raised = apply_one(stock(5));
        ASSERT_TRUE(raised) << status << ": " << raised.error().message;
        EXPECT_EQ(raised->result.outcome(), commands::v1::OUTCOME_STALE) << status;
        EXPECT_TRUE(raised->seen.empty()) << status << ": told as deleted";
    }
    for (const http::Request& request : test.transport.requests()) EXPECT_EQ(request.method, "GET");
}

TEST_F(GoneTest, WhatIsReadAgainIsNoNewsUnlessTheShopAnswers) {
    for (const char* entity : {"order", "customer", "product"}) {
        events::Command command;
        command.mutable_refresh()->set_entity(entity);
        command.mutable_refresh()->set_native_id("37");
        if (std::string_view(entity) == "product") test.reply_facts();
        test.transport.reply(302, "");
        EXPECT_FALSE(apply_one(command)) << entity;
        test.transport.reply(404, R"({"code":"not_here","message":"","data":{"status":404}})");
        const Result<runtime::Applied> gone = apply_one(command);
        ASSERT_TRUE(gone) << entity << ": " << gone.error().message;
        EXPECT_EQ(gone->seen.at(0).event->deleted().native_id(), "37");
    }
}

TEST_F(GoneTest, ARowThatDoesNotSayWhoseItIsMayBeTheOneThatWasAskedFor) {
    test.transport.reply(200, R"([{"id":1,"parent_id":0,"type":"simple","manage_stock":true,"stock_quantity":9}])");
    const Result<runtime::Applied> lowered = apply_one(stock(1));
    ASSERT_FALSE(lowered);
    EXPECT_EQ(lowered.error().kind, ErrorKind::kTransient);
}

TEST_F(GoneTest, AWebhookThatCannotBeRemovedIsTold) {
    const auto ours = [this](int id) {
        return R"([{"id":)" + std::to_string(id) + R"(,"name":")" + webhook_name(*test.shop, "order.created") +
               R"(","topic":"order.created","status":"active","delivery_url":"https://hooks.example/"}])";
    };
    test.transport.reply(200, ours(7));
    test.transport.reply(501, R"({"code":"not_possible","message":""})");
    EXPECT_FALSE(remove_webhooks(*test.shop, {}));
    test.transport.reply(200, ours(7));
    test.transport.reply(404, R"({"code":"not_here","message":"","data":{"status":404}})");
    EXPECT_EQ(remove_webhooks(*test.shop, {}).value().front(), "0 webhooks removed") << "somebody was faster";
}

}  // namespace
}  // namespace shopwire::woocommerce
