// Goal: the simulator does what WIRE.md says, in both sets of names, and each switch turns what it names.  Method: the
// routes without a network.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sandbox/logistos/control_api.h"
#include "tests/sandbox/logistos/integration_api.h"
#include "tests/sandbox/logistos/seller_api.h"

namespace sandbox::logistos {
namespace {

using Json = nlohmann::json;

struct Reply {
    int status = 0;
    Json json;
    kit::Response response;
};

class Platform : public ::testing::Test {
 protected:
    Platform() {
        integration.add_routes(router);
        seller.add_routes(router);
        add_logistos_control_routes(control_router, world);
    }
    Reply ask(const std::string& method, const std::string& target, const Json& body = {}, kit::Pairs headers = {}) {
        kit::Request request;
        request.method = method;
        const auto mark = target.find('?');
        request.path = target.substr(0, mark);
        if (mark != std::string::npos) request.raw_query = target.substr(mark + 1);
        request.query = kit::parse_query(request.raw_query);
        request.headers = std::move(headers);
        if (!body.is_null()) request.body = body.dump();
        const kit::Router& asked = target.starts_with("/__sandbox") ? control_router : router;
        kit::Response response = asked.route(request);
        return {.status = response.status, .json = Json::parse(response.body, nullptr, false), .response = response};
    }
    void set(const Json& settings) { ASSERT_EQ(200, ask("POST", "/__sandbox/settings", settings).status); }
    void connect() {
        ASSERT_EQ(200, ask("POST", "/integration/integrate_woo_commerce",
                           {{"consumer_key", "ck"}, {"consumer_secret", "cs"}, {"store_url", "https://Shop.test/"}})
                           .status);
    }
    Reply post(const Json& body, kit::Pairs headers = {}) {
        return ask("POST", "/integration/woo_commerce_orders", body, std::move(headers));
    }
    kit::Pairs signed_in() {
        const Reply login =
            ask("POST", "/seller/users/login/", {{"email", "seller@example.test"}, {"password", "demo-password"}});
        EXPECT_EQ(200, login.status);
        return {{"Authorization", "Bearer " + login.json.value("access", "")}};
    }
    static Json flat_order(const std::string& id = "1") {
        return {{"store_url", "https://shop.test"},
                {"order_id", std::stoi(id)},
                {"order_number", "N" + id},
                {"total", "10.00"},
                {"billing", {{"address_1", "1 Lake St"}}},
                {"items", {{{"sku", "A"}}}}};
    }
    static Json nested_order(const std::string& id = "1") {
        return {{"shop", "https://shop.test"},
                {"reference", id},
                {"number", "N" + id},
                {"money", {{"grand", "10.00"}}},
                {"consignee", {{"lines", {"1 Lake St"}}}},
                {"rows", {{{"sku", "A"}}}}};
    }

    World world;
    IntegrationApi integration{world, "t0ken"};
    SellerApi seller{world, "seller@example.test", "demo-password"};
    kit::Router router;
    kit::Router control_router;
    const kit::Pairs token{{"X-Integration-Token", "t0ken"}};
};

TEST_F(Platform, ConnectsAStoreOnceAndReplacesItsKey) {
    connect();
    EXPECT_EQ(200, ask("POST", "/integration/integrate_woo_commerce",
                       {{"shop", {{"url", "https://shop.test"}, {"title", "S"}}},
                        {"key", {{"id", "ck2"}, {"secret", "cs2"}}}},
                       token)
                       .status);
    ASSERT_EQ(1U, world.stores.size());
    EXPECT_EQ("ck2", world.stores.begin()->second.consumer_key);
    EXPECT_EQ(2, world.stores.begin()->second.connects);
    const Json state = Json::parse(state_text(world));
    EXPECT_EQ(kit::md5_hex("cs2"), state["stores"][0]["secret_md5"].get<std::string>());
    EXPECT_FALSE(state.dump().contains("cs2"));
}

TEST_F(Platform, NamesAMissingCredentialInBothForms) {
    const Json body{{"consumer_secret", "cs"}, {"store_url", "https://shop.test"}};
    EXPECT_EQ("consumer_key is required", ask("POST", "/integration/integrate_woo_commerce", body).json["message"]);
    set({{"error_form", "drf"}});
    const Reply drf = ask("POST", "/integration/integrate_woo_commerce", body);
    EXPECT_EQ(400, drf.status);
    EXPECT_EQ("This field is required.", drf.json["consumer_key"][0]);
}

TEST_F(Platform, WantsARegisteredStoreWhenToldTo) {
    set({{"require_registered", true}, {"unknown_store", 409}});
    const Json body{{"consumer_key", "ck"}, {"consumer_secret", "cs"}, {"store_url", "https://shop.test"}};
    EXPECT_EQ(409, ask("POST", "/integration/integrate_woo_commerce", body).status);
    ask("POST", "/__sandbox/register", {{"store", "https://SHOP.test"}});
    EXPECT_EQ(200, ask("POST", "/integration/integrate_woo_commerce", body).status);
}

TEST_F(Platform, TakesThreeFormsOfABody) {
    connect();
    EXPECT_EQ(90'001, post(flat_order("1")).json["logistos_order_id"]);
    EXPECT_EQ(2U, post(Json::array({flat_order("2"), flat_order("3")})).json.size());
    EXPECT_EQ(200, post({{"orders", {flat_order("4")}}}).status);
    const Reply nested = post({{"orders", {nested_order("5"), nested_order("6")}}}, token);
    EXPECT_EQ(2U, nested.json["results"].size());
    EXPECT_EQ(6U, world.orders.size());
    EXPECT_EQ(400, post("text").status);
    EXPECT_EQ(400, post(Json::array()).status);
}

TEST_F(Platform, KnowsAnOrderByStoreAndId) {
    connect();
    const Json first = post(flat_order()).json;
    EXPECT_EQ(first, post(flat_order()).json);
    EXPECT_EQ(first["logistos_order_id"],
              post({{"orders", {nested_order()}}}, token).json["results"][0]["parcel_order"]);
    EXPECT_EQ(1U, world.orders.size());
    EXPECT_EQ(3, world.orders.begin()->second.posts);
}

TEST_F(Platform, TellsARepeatFromAChange) {
    connect();
    post(flat_order());
    set({{"on_repeat", "conflict"}});
    EXPECT_EQ(409, post(flat_order()).status);
    Json changed = flat_order();
    changed["total"] = "11.00";
    set({{"on_repeat", "same"}, {"on_change", "keep"}});
    EXPECT_EQ(200, post(changed).status);
    EXPECT_TRUE(world.orders.begin()->second.body.contains("10.00"));
    set({{"on_change", "conflict"}});
    EXPECT_EQ(409, post(changed).status);
    set({{"on_change", "update"}});
    EXPECT_EQ(200, post(changed).status);
    EXPECT_TRUE(world.orders.begin()->second.body.contains("11.00"));
}

TEST_F(Platform, StrictWantsWhatAParcelNeeds) {
    connect();
    for (const char* member : {"store_url", "order_id", "total", "items"}) {
        Json order = flat_order();
        order.erase(member);
        EXPECT_EQ(std::string(member) + " is required", post(order).json["message"].get<std::string>());
    }
    Json order = flat_order();
    order["billing"] = Json::object();
    EXPECT_EQ("shipping is required", post(order).json["message"]);
    set({{"strict", false}});
    EXPECT_EQ(200, post(order).status);
    Json nested = nested_order("2");
    nested.erase("rows");
    set({{"strict", true}});
    const Reply refused = post({{"orders", {nested}}}, token);
    EXPECT_EQ(200, refused.status);
    EXPECT_FALSE(refused.json["results"][0]["ok"]);
    EXPECT_EQ("BAD_ORDER", refused.json["results"][0]["error"]["code"]);
}

TEST_F(Platform, RefusesOrdersOfAStoreThatIsNotConnected) {
    EXPECT_EQ(404, post(flat_order()).status);
    set({{"unknown_store", 403}});
    const Reply nested = post({{"orders", {nested_order()}}}, token);
    EXPECT_EQ(403, nested.status);
    EXPECT_EQ("UNKNOWN_SHOP", nested.json["error"]["code"]);
    connect();
    EXPECT_EQ(200, post(flat_order()).status);
    ask("POST", "/integration/disconnect_woo_commerce", {{"store_url", "https://shop.test"}});
    EXPECT_EQ(403, post(flat_order("2")).status);
    EXPECT_EQ("", world.stores.begin()->second.consumer_secret);
}

TEST_F(Platform, WantsTheTokenForNestedNames) {
    connect();
    EXPECT_EQ(401, post({{"orders", {nested_order()}}}).status);
    EXPECT_EQ(401, post({{"orders", {nested_order()}}}, {{"X-Integration-Token", "wrong"}}).status);
    EXPECT_EQ(200, post(flat_order()).status);
}

TEST_F(Platform, AnswersTheSlashFormAsItIsTold) {
    connect();
    const auto slash = [this] { return ask("POST", "/integration/woo_commerce_orders/", flat_order()); };
    EXPECT_EQ(404, slash().status);
    EXPECT_TRUE(slash().response.body.starts_with("<!doctype html>"));
    set({{"slash_form", "301"}});
    EXPECT_EQ(301, slash().status);
    set({{"slash_form", "serve"}, {"plain_form", "301"}});
    EXPECT_EQ(200, slash().status);
    const Reply plain = post(flat_order());
    EXPECT_EQ(301, plain.status);
    EXPECT_EQ("/integration/woo_commerce_orders/", plain.response.headers.at(0).second);
}

TEST_F(Platform, ShowsAndCancelsAnOrder) {
    connect();
    post(flat_order());
    EXPECT_EQ(90'001,
              ask("GET", "/integration/order?store_url=https://shop.test&order_id=1").json["logistos_order_id"]);
    EXPECT_EQ("NO_ORDER",
              ask("GET", "/integration/order?shop=https://shop.test&reference=2", {}, token).json["error"]["code"]);
    EXPECT_EQ(200,
              ask("POST", "/integration/cancel_order", {{"store_url", "https://shop.test"}, {"order_id", 1}}).status);
    EXPECT_TRUE(world.orders.begin()->second.cancelled);
    EXPECT_EQ("CANCELLED", world.shipments.begin()->second.history.back().status);
    EXPECT_EQ(404,
              ask("POST", "/integration/cancel_order", {{"store_url", "https://shop.test"}, {"order_id", 2}}).status);
}

TEST_F(Platform, MovesParcelsWithItsClock) {
    connect();
    post(flat_order());
    const kit::Pairs bearer = signed_in();
    const auto status = [&] { return ask("GET", "/seller/awb/track/LG1000001/", {}, bearer).json["status"]; };
    std::vector<std::string> seen;
    for (int i = 0; i < 7; ++i) {
        seen.push_back(status());
        ask("POST", "/__sandbox/clock", {{"advance_seconds", 3600}});
    }
    EXPECT_EQ((std::vector<std::string>{"BOOKED", "NOT_PICKED", "PICKED_UP", "IN_TRANSIT", "OUT_FOR_DELIVERY",
                                        "DELIVERED", "DELIVERED"}),
              seen);
    EXPECT_EQ(6U, ask("GET", "/seller/awb/track/LG1000001/", {}, bearer).json["status_history"].size());
}

TEST_F(Platform, BooksByHandOnOtherWays) {
    connect();
    set({{"book_orders", false}});
    post(flat_order());
    EXPECT_TRUE(world.shipments.empty());
    ask("POST", "/__sandbox/book", {{"store", "https://shop.test"}, {"order_id", "1"}, {"route", "rto"}});
    ask("POST", "/__sandbox/clock", {{"advance_seconds", 36'000}});
    const kit::Pairs bearer = signed_in();
    EXPECT_EQ("RTO_DELIVERED", ask("GET", "/seller/awb/track/LG1000001/", {}, bearer).json["status"]);
    ask("POST", "/__sandbox/status", {{"awb", "LG1000001"}, {"status", "HELD_AT_HUB"}});
    const Json tracked = ask("GET", "/seller/awb/track/LG1000001/", {}, bearer).json;
    EXPECT_EQ("HELD_AT_HUB", tracked["status"]);
    EXPECT_EQ("Held at hub", tracked["status_dp"]);
    EXPECT_EQ(404, ask("GET", "/seller/awb/track/90001/", {}, bearer).status);
    set({{"track_by_order", true}});
    EXPECT_EQ(200, ask("GET", "/seller/awb/track/90001/", {}, bearer).status);
}

TEST_F(Platform, ListsWhatChangedInBothShapesAndPages) {
    connect();
    for (const char* id : {"1", "2", "3"}) post(flat_order(id));
    const kit::Pairs bearer = signed_in();
    const Json page = ask("GET", "/seller/shipments/?page=2&page_size=2", {}, bearer).json;
    EXPECT_EQ(3, page["count"]);
    ASSERT_EQ(1U, page["results"].size());
    EXPECT_EQ("N3", page["results"][0]["order_number"]);
    const Json rows = ask("GET", "/seller/parcels/?offset=1&limit=1", {}, bearer).json;
    EXPECT_EQ(3, rows["total"]);
    EXPECT_EQ("LG1000002", rows["rows"][0]["number"]);
    const std::string later = std::to_string(world.now() + 60);
    EXPECT_EQ(0, ask("GET", "/seller/parcels/?since=" + later, {}, bearer).json["total"]);
    EXPECT_EQ(0, ask("GET", "/seller/shipments/?updated_after=2100-01-01T00:00:00Z", {}, bearer).json["count"]);
}

TEST_F(Platform, LetsNobodyInWithoutAToken) {
    EXPECT_EQ(401, ask("POST", "/seller/users/login/", {{"email", "seller@example.test"}, {"password", "x"}}).status);
    EXPECT_EQ(401, ask("GET", "/seller/shipments/").status);
    const kit::Pairs bearer = signed_in();
    EXPECT_EQ(7, ask("GET", "/seller/users/get_my_details/", {}, bearer).json["client_poc"]["client"]["id"]);
    ask("POST", "/__sandbox/clock", {{"advance_seconds", 48 * 3600}});
    EXPECT_EQ(401, ask("GET", "/seller/shipments/", {}, bearer).status);
    const kit::Pairs fresh = signed_in();
    ask("POST", "/__sandbox/expire-tokens");
    EXPECT_EQ(401, ask("GET", "/seller/shipments/", {}, fresh).status);
}

TEST_F(Platform, RefusesASettingThatItDoesNotHave) {
    for (const Json& wrong :
         {Json{{"stict", true}}, Json{{"strict", 1}}, Json{{"slash_form", "302"}}, Json{{"unknown_store", -1}}})
        EXPECT_EQ(400, ask("POST", "/__sandbox/settings", wrong).status) << wrong.dump();
}

}  // namespace
}  // namespace sandbox::logistos
