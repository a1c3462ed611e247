#include "services/cli/status_view.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace shopwire::cli {
namespace {

constexpr std::int64_t kNowMs = 1'800'000'000'000;

StatusView view_of(const char* stopped) {
    StatusView view;
    add_status(view, nlohmann::json::parse(R"({"system":"beta","slots":[0],
        "connections":[{"connection":"example/erp","slot":0,"stopped":")" +
                                           std::string(stopped) + R"("}],
        "targets":[{"connection":"example/erp","stopped":"","in_hand":4,"parked":2,"in_flight":1,"last_error":""}],
        "streams":[{"connection":"example/erp","stream":"stock","last_success_ms":1799999990000,"last_error":""},
                   {"connection":"example/erp","stream":"prices","last_success_ms":0,"last_error":"HTTP 503"}],
        "problems":[]})"));
    return view;
}

TEST(Status, IsOneRowPerConnection) {
    StatusView view = view_of("");
    view.lags.push_back({.group = "shopwire.beta", .topic = "t", .records = 3, .oldest_ms = kNowMs - 5'000});
    std::ostringstream out;
    print(view, kNowMs, out);
    EXPECT_TRUE(out.str().contains(
        "example/erp  beta    up     4        1          2       stock 10 s ago, prices never (failing)"))
        << out.str();
    EXPECT_TRUE(out.str().contains("prices: HTTP 503"));
    EXPECT_TRUE(out.str().contains("shopwire.beta  t      3       5 s")) << out.str();
    EXPECT_TRUE(view.good());
}

TEST(Status, TellsHowFarAReadingIs) {
    StatusView view;
    add_status(view, nlohmann::json::parse(R"({"system":"beta","streams":[
        {"connection":"m/erp","stream":"stock","under_way":true,
         "pass":{"done":1200,"expected":5000,"about":false,"per_second":85.5,"left_ms":44444}},
        {"connection":"m/erp","stream":"products","under_way":true,
         "pass":{"done":12,"expected":50,"about":true,"per_second":2.25,"left_ms":-1}},
        {"connection":"m/erp","stream":"customers","under_way":true,"pass":{"done":1,"expected":0}},
        {"connection":"m/erp","stream":"balances","under_way":false,"pass":{"done":9,"expected":9}}]})"));
    std::ostringstream out;
    print(view, kNowMs, out);
    EXPECT_TRUE(out.str().contains("m/erp    stock      1200 of 5000 rows (24 %), 86 a second, 44 s left\n"))
        << out.str();
    EXPECT_TRUE(out.str().contains("m/erp    products   12 of about 50 rows (24 %), 2.2 a second\n")) << out.str();
    EXPECT_TRUE(out.str().contains("m/erp    customers  1 row\n")) << out.str();
    EXPECT_FALSE(out.str().contains("m/erp    balances")) << out.str();
    std::ostringstream text;
    print_json(view, text);
    const auto json = nlohmann::json::parse(text.str());
    EXPECT_EQ(json["connections"][0]["streams"][0]["pass"]["done"], 1200);
}

TEST(Status, TellsWhatIsStoppedAndWhy) {
    const StatusView view = view_of("HTTP 401");
    EXPECT_FALSE(view.good());
    std::ostringstream out;
    print(view, kNowMs, out);
    EXPECT_TRUE(out.str().contains("stopped")) << out.str();
    EXPECT_TRUE(out.str().contains("HTTP 401"));
    std::ostringstream text;
    print_json(view, text);
    const auto json = nlohmann::json::parse(text.str());
    EXPECT_EQ(json["good"], false);
    EXPECT_EQ(json["connections"][0]["up"], false);
    EXPECT_EQ(json["connections"][0]["streams"][0]["last_success_ms"], 1'799'999'990'000);
}

TEST(Status, TellsTheLastErrorOnlyWhileSomethingWaits) {
    const auto shown = [](int parked) {
        StatusView view;
        add_status(view, {{"system", "beta"},
                          {"targets", {{{"connection", "m/erp"}, {"parked", parked}, {"last_error", "HTTP 400"}}}}});
        std::ostringstream out;
        print(view, kNowMs, out);
        return out.str().contains("HTTP 400");
    };
    EXPECT_TRUE(shown(1));
    EXPECT_FALSE(shown(0));
}

TEST(Status, TakesAnyAnswerWithoutHarm) {
    StatusView view;
    for (const char* text : {"[]", "null", "{}", R"({"connections":7,"targets":[{}],"problems":[1]})"})
        add_status(view, nlohmann::json::parse(text));
    std::ostringstream out;
    print(view, kNowMs, out);
    EXPECT_LE(view.connections.size(), 1U);
}

}  // namespace
}  // namespace shopwire::cli
