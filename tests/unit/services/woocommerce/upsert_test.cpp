// Products and customers against recorded and scripted answers: what the simulator cannot be made to say.
#include <gtest/gtest.h>

#include "services/woocommerce/sink.h"
#include "tests/unit/services/woocommerce/shop_fixture.h"

namespace shopwire::woocommerce {
namespace {

events::Command article(const std::string& sku) {
    events::Command command;
    events::v1::Product& product = *command.mutable_upsert_product()->mutable_product();
    product.set_sku(sku);
    product.set_name("Hammer");
    product.set_active(true);
    events::v1::Image& image = *product.add_images();
    image.set_url("https://erp.example/1.jpg");
    image.set_content_hash("h1");
    return command;
}

events::Command customer(const std::string& email) {
    events::Command command;
    events::v1::Customer& customer = *command.mutable_upsert_customer()->mutable_customer();
    customer.set_active(true);
    customer.mutable_personal()->mutable_clear()->set_email(email);
    customer.mutable_personal()->mutable_clear()->mutable_billing()->set_city("Espoo");
    return command;
}

std::string refused(const std::string& code) {
    return R"({"id":0,"error":{"code":")" + code + R"(","message":"x","data":{"status":400}}})";
}

std::string made(int id, const std::string& images) {
    return R"({"id":)" + std::to_string(id) +
           R"(,"type":"simple","status":"draft","sku":"A","name":"Hammer","images":[)" + images + "]}";
}

class UpsertTest : public ::testing::Test {
 protected:
    // Nothing is there, neither in the shop nor in its trash.
    void reply_nothing() {
        test.reply_facts();
        test.transport.reply(200, "[]");
        test.transport.reply(200, "[]");
    }
    Result<runtime::Applied> apply(const events::Command& command) { return sink.apply({&command, 1}, {}).at(0); }
    std::string body(std::size_t request) const { return test.transport.requests().at(request).body; }

    TestShop test{};
    Sink sink{test.shop};
};

TEST_F(UpsertTest, AsksForTheTrashAndMakesADraft) {
    reply_nothing();
    test.transport.reply(200, R"({"create":[)" + made(7, R"({"id":70})") + "]}");
    test.transport.reply(200, R"({"update":[)" + made(7, R"({"id":70})") + "]}");
    const Result<runtime::Applied> done = apply(article("A"));
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->result.native_id(), "7");
    EXPECT_EQ(test.query(4, "status"), "");
    EXPECT_EQ(test.query(5, "status"), "trash");
    EXPECT_EQ(test.path(6), "POST products/batch");
    EXPECT_NE(
        body(6).find(R"("type":"simple","manage_stock":true,"stock_quantity":0,"name":"Hammer","status":"draft")"),
        std::string::npos)
        << body(6);
    EXPECT_NE(body(6).find(R"("images":[{"src":"https://erp.example/1.jpg"}])"), std::string::npos);
    EXPECT_NE(body(7).find(R"({"update":[{"id":7,"meta_data":[{"key":"_shopwire_images","value":"h)"),
              std::string::npos);
}

struct Race {
    const char* code = "";
    ErrorKind kind = ErrorKind::kTransient;
};
void PrintTo(const Race& row, std::ostream* out) { *out << row.code; }

class ProductRefused : public UpsertTest, public ::testing::WithParamInterface<Race> {};

TEST_P(ProductRefused, ByTheShopsCode) {
    reply_nothing();
    test.transport.reply(200, R"({"create":[)" + refused(GetParam().code) + "]}");
    EXPECT_EQ(apply(article("A")).error().kind, GetParam().kind);
    EXPECT_EQ(test.transport.unused(), 0U);
}

// The first two: somebody else made it between our look and our write (product-create-same-sku-in-parallel-400.json).
INSTANTIATE_TEST_SUITE_P(Woo, ProductRefused,
                         ::testing::Values(Race{"product_invalid_sku"}, Race{"woocommerce_rest_product_not_created"},
                                           Race{"product_invalid_global_unique_id", ErrorKind::kRejected}),
                         [](const auto& test) { return std::string(test.param.code); });

TEST_F(UpsertTest, ImportsAnImageAnewThatIsGoneFromTheShop) {
    const std::string key = "h" + short_hash("h1");
    test.shop->imported_images().learn(key, "70");
    reply_nothing();
    test.transport.reply(200, R"({"create":[)" + refused("woocommerce_product_invalid_image_id") + "]}");
    test.transport.reply(200, R"({"create":[)" + made(7, R"({"id":71})") + "]}");
    test.transport.reply(200, R"({"update":[)" + made(7, R"({"id":71})") + "]}");
    ASSERT_TRUE(apply(article("A")));
    EXPECT_NE(body(6).find(R"("images":[{"id":70}])"), std::string::npos);
    EXPECT_NE(body(7).find(R"("images":[{"src")"), std::string::npos);
    EXPECT_EQ(test.shop->imported_images().id_of(key), "71");
}

TEST_F(UpsertTest, SendsNothingMoreAfterAnAnswerThatIsNotClear) {
    const std::vector<events::Command> batch{article("A"), article("B")};
    reply_nothing();
    test.transport.fail({.kind = ErrorKind::kAmbiguous, .message = "timed out"});
    const auto answers = sink.apply(batch, {});
    // One image for two new products: the second waits for the first, and is not sent.
    EXPECT_EQ(answers[0].error().kind, ErrorKind::kAmbiguous);
    EXPECT_EQ(answers[1].error().kind, ErrorKind::kTransient);
    EXPECT_EQ(test.transport.unused(), 0U);
}

TEST_F(UpsertTest, ReadsTheCategoriesAgainWhenOneIsGone) {
    events::Command command = article("A");
    command.mutable_upsert_product()->mutable_product()->clear_images();
    command.mutable_upsert_product()->mutable_product()->add_categories()->set_name("Tools");
    const std::string tools = R"([{"id":16,"name":"Tools","parent":0}])";
    reply_nothing();
    test.transport.reply(200, tools);
    test.transport.reply(200, "[]");
    test.transport.reply(200, R"({"create":[)" + made(7, "") + "]}");  // the shop leaves out what it does not know
    ASSERT_TRUE(apply(command));
    test.transport.reply(200, "[" + made(7, "") + "]");
    test.transport.reply(200, "[]");
    test.transport.reply(200, "[]");
    test.transport.reply(201, R"({"id":17,"name":"Tools","parent":0})");
    test.transport.reply(200, R"({"update":[)" + made(7, "") + "]}");
    ASSERT_TRUE(apply(command));
    EXPECT_NE(test.transport.last().body.find(R"("categories":[{"id":17}])"), std::string::npos);
}

TEST_F(UpsertTest, RefusesADoubledSku) {
    test.reply_facts();
    test.transport.reply(200, "[" + made(7, "") + "," + made(8, "") + "]");
    EXPECT_EQ(apply(article("A")).error().message, "writing a product: several products with SKU A");
}

TEST_F(UpsertTest, FindsACustomerByItsMailAndChangesOneField) {
    test.transport.reply(200, answered("customers-by-email-200.json"));
    test.transport.reply(200, answered("customer-update-200.json"));
    const Result<runtime::Applied> done = apply(customer("matti.meikalainen@example.test"));
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(test.query(0, "role"), "all");
    EXPECT_EQ(test.path(1), "PUT customers/3");
    EXPECT_EQ(body(1), R"({"billing":{"city":"Espoo"}})");
}

TEST_F(UpsertTest, AnAccountMadeMeanwhileIsLookedForAgain) {
    test.transport.reply(200, "[]");
    test.transport.reply(400, answered("customer-create-duplicate-email-400.json"));
    EXPECT_EQ(apply(customer("a@example.test")).error().kind, ErrorKind::kTransient);
    test.transport.reply(200, "[]");
    test.transport.reply(400, answered("customer-create-bad-email-400.json"));
    EXPECT_EQ(apply(customer("a@example.test")).error().kind, ErrorKind::kRejected);
}

TEST_F(UpsertTest, LeavesTheAccountsOfThoseWhoRunTheShop) {
    test.transport.reply(200, R"([{"id":1,"role":"administrator","email":"boss@example.test"}])");
    const Result<runtime::Applied> done = apply(customer("boss@example.test"));
    EXPECT_EQ(done.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(done.error().message,
              "writing a customer: its e-mail or id belongs to a user with the role administrator");
}

TEST_F(UpsertTest, ACustomerWhoseLinkLeadsNowhereIsFoundByItsMail) {
    events::Command command = customer("matti.meikalainen@example.test");
    command.set_native_id("99");
    test.transport.reply(404, answered("customer-get-invalid-id-404.json"));
    test.transport.reply(200, answered("customers-by-email-200.json"));
    test.transport.reply(200, answered("customer-update-200.json"));
    EXPECT_EQ(apply(command)->result.native_id(), "3");
}

TEST_F(UpsertTest, AnOrderIsToldEvenWhenTheShopDoesNotTellOfItsProducts) {
    const std::string order = answered("order-get-200.json");
    events::Command command;
    command.mutable_refresh()->set_entity("order");
    command.mutable_refresh()->set_native_id("37");
    test.transport.reply(200, order);
    test.reply_facts();
    test.transport.reply(400, R"({"code":"rest_invalid_param","message":"x","data":{"status":400}})");
    const Result<runtime::Applied> read = apply(command);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_FALSE(read->seen.at(0).event->order().lines(0).has_needs_shipping());
}

}  // namespace
}  // namespace shopwire::woocommerce
