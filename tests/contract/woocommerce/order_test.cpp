// Goal: orders with what their lines are, refunds with their order, tracking.  Method: see sandbox_test.cpp.
#include "tests/contract/woocommerce/simulator.h"

namespace shopwire::woocommerce {
namespace {

std::string text(const events::v1::Decimal& value) { return events::from_proto(value).text(); }

events::Command tracking(const std::string& id, const std::string& number, const std::string& status = "") {
    events::Command command;
    commands::v1::SetTracking& set = *command.mutable_set_tracking();
    set.set_order_native_id(id);
    set.mutable_shipment()->set_tracking_number(number);
    set.mutable_shipment()->set_carrier("Post & Co");
    set.mutable_shipment()->set_tracking_url("https://post.example/" + number);
    set.set_note("Parcel " + number + " is with Post & Co");
    set.set_note_to_customer(true);
    set.set_status(status);
    return command;
}

std::string meta_of(json::Value order, std::string_view key) {
    const json::Value meta = order.member("meta_data");
    for (std::size_t i = 0; i < meta.size(); ++i)
        if (meta.at(i).member("key").text() == key) return std::string(meta.at(i).member("value").text());
    return {};
}

class SandboxOrder : public SandboxShop {
 protected:
    SandboxOrder() {
        simulator.control(
            "seed", R"({"products":[{"sku":"HAM","name":"Hammer","price":"120","stock":10,"weight":"500",)"
                    R"("dimensions":{"length":"300","width":"100","height":"30"}},)"
                    R"({"sku":"LIC","name":"Licence","price":"9","stock":10,"virtual":true},)"
                    R"({"sku":"TS","name":"Shirt","attributes":[{"name":"Size","variation":true,"options":["S"]}],)"
                    R"("variations":[{"sku":"TS-S","price":"60","stock":5,"weight":"200",)"
                    R"("attributes":[{"name":"Size","option":"S"}]}]}]})");
        simulator.control("settings", R"({"weight_unit":"g","dimension_unit":"mm"})");
    }
    std::string buy() {
        const json::Document order = simulator.control(
            "checkout",
            R"({"lines":[{"sku":"HAM","quantity":1},{"sku":"LIC","quantity":1},{"sku":"TS-S","quantity":1}],)"
            R"("billing":{"first_name":"Ana","email":"ana@example.test","country":"RS"},"payment_method":"cod"})");
        return std::string(order.root().member("id").text());
    }
    json::Document order(const std::string& id) { return shop->client().get(List::kOrders, id, "", {}).value(); }
    std::size_t reads_of_products() {
        return requests([](json::Value request) { return request.member("path").text().ends_with("/v3/products"); });
    }
};

TEST_F(SandboxOrder, TellsOfEachLineWhetherItIsSentAndWhatItWeighs) {
    buy();
    runtime::Cursor cursor;
    const std::vector<runtime::Change> changes = drain(kOrders, cursor);
    ASSERT_EQ(changes.size(), 1U);
    const events::v1::Order& told = changes[0].event->order();
    ASSERT_EQ(told.lines_size(), 3);
    EXPECT_TRUE(told.lines(0).needs_shipping());
    EXPECT_EQ(text(told.lines(0).measures().weight_kg()), "0.5");
    EXPECT_EQ(text(told.lines(0).measures().length_cm()), "30");
    EXPECT_TRUE(told.lines(1).has_needs_shipping());
    EXPECT_FALSE(told.lines(1).needs_shipping());
    EXPECT_EQ(text(told.lines(2).measures().weight_kg()), "0.2");
    EXPECT_EQ(reads_of_products(), 2U);  // one for products, one for variations
    buy();
    EXPECT_EQ(drain(kOrders, cursor).size(), 1U);
    EXPECT_EQ(reads_of_products(), 2U);
}

TEST_F(SandboxOrder, LearnsOfLinesFromTheProductsStream) {
    runtime::Cursor products;
    drain(kProducts, products);
    const std::size_t before = reads_of_products();
    buy();
    runtime::Cursor orders;
    EXPECT_TRUE(drain(kOrders, orders).at(0).event->order().lines(2).has_measures());
    EXPECT_EQ(reads_of_products(), before);
}

TEST_F(SandboxOrder, ARefundCarriesItsOrder) {
    const std::string id = buy();
    const http::Request refund{.method = "POST",
                               .url = simulator.url() + "/wp-json/wc/v3/orders/" + id + "/refunds",
                               .query = {{"consumer_key", "ck_1"}, {"consumer_secret", "cs_1"}},
                               .headers = {{"Content-Type", "application/json"}},
                               .body = R"({"amount":"5.00","api_refund":false})"};
    const auto direct = http::curl_transport({.ca_file = simulator.certificate()});
    ASSERT_EQ(direct->send(refund, {})->status, 201);
    events::Command command;
    command.mutable_refresh()->set_entity("order");
    command.mutable_refresh()->set_native_id(id);
    const Result<runtime::Applied> read = apply(command);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->seen.size(), 2U);
    EXPECT_EQ(read->seen[1].event->refund().order().native_id(), id);
    EXPECT_EQ(read->seen[1].event->refund().order().refunds_size(), 1);
    EXPECT_TRUE(read->seen[1].event->refund().order().lines(0).needs_shipping());
}

TEST_F(SandboxOrder, ShowsAParcelOnceHoweverOftenItIsTold) {
    const std::string id = buy();
    const events::Command command = tracking(id, "P1", "completed");
    Sink sink(shop);
    EXPECT_FALSE(sink.find(command, {}).value());
    const Result<runtime::Applied> set = apply(command);
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_EQ(set->result.outcome(), commands::v1::OUTCOME_APPLIED);
    const json::Document shown = order(id);
    EXPECT_EQ(shown.root().member("status").text(), "completed");
    EXPECT_EQ(meta_of(shown.root(), "_shopwire_tracking_number"), "P1");
    EXPECT_EQ(meta_of(shown.root(), "_shopwire_tracking_url"), "https://post.example/P1");
    const std::size_t before = writes();
    EXPECT_EQ(apply(command)->result.outcome(), commands::v1::OUTCOME_UNCHANGED);
    EXPECT_TRUE(sink.find(command, {}).value());
    EXPECT_EQ(writes(), before);
}

TEST_F(SandboxOrder, ALostAnswerOfTheNoteDoesNotWriteItTwice) {
    const std::string id = buy();
    simulator.control("faults", R"([{"match":{"method":"POST","path_regex":"/notes$"},"times":1,)"
                                R"("fault":{"kind":"apply_then_drop"}}])");
    const events::Command command = tracking(id, "P2");
    EXPECT_EQ(apply(command).error().kind, ErrorKind::kAmbiguous);
    Sink sink(shop);
    EXPECT_TRUE(sink.find(command, {}).value());
    const json::Document notes = shop->client().notes(id, {}).value();
    int found = 0;
    for (std::size_t i = 0; i < notes.root().size(); ++i)
        if (notes.root().at(i).member("note").text().contains("P2")) ++found;
    EXPECT_EQ(found, 1);
}

TEST_F(SandboxOrder, ACancelledOrderStaysCancelled) {
    const std::string id = buy();
    ASSERT_TRUE(shop->client().update_order(id, R"({"status":"cancelled"})", {}));
    const Result<runtime::Applied> set = apply(tracking(id, "P3", "completed"));
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_EQ(set->result.error(), "setting tracking: the order is cancelled by now, which stays");
    EXPECT_EQ(order(id).root().member("status").text(), "cancelled");
}

}  // namespace
}  // namespace shopwire::woocommerce
