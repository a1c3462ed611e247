#include "services/cli/parked_command.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace shopwire::cli {
namespace {

TEST(Parked, ListsWhatConnectorsHold) {
    const auto rows = parked_rows(nlohmann::json::parse(R"({"parked":[{"key":"example/erp/shop%2F14",
        "connection":"example/erp","reason":"buyer ana@example.com is blocked","error_kind":"rejected",
        "parked_at_ms":1000,"attempts":2}]})"),
                                  false, false);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].reason, "buyer *** is blocked");
    std::ostringstream out;
    print(rows, 61'000, out);
    EXPECT_TRUE(out.str().contains("example/erp/shop%2F14  example/erp  1 min ago  2")) << out.str();
    EXPECT_TRUE(out.str().ends_with("1 wait\n"));
}

TEST(Parked, ListsAtTheRouterOnlyWhatNoConnectorHolds) {
    const auto rows = parked_rows(nlohmann::json::parse(R"({"count":2,"parked":[
        {"order":"example/shop/14","target":"erp","sent":true,"reason":"no","seen_at_ms":1},
        {"order":"example/shop/15","target":"erp","sent":false,"reason":"status","seen_at_ms":1}]})"),
                                  true, false);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].key, "example/shop/15");
    EXPECT_TRUE(rows[0].at_router);
    EXPECT_TRUE(parked_rows(nlohmann::json::parse("[]"), true, false).empty());
}

}  // namespace
}  // namespace shopwire::cli
