// A sink before a shop whose answers the test gives; what the shop shows of a product.
#pragma once

#include <gtest/gtest.h>

#include "services/woocommerce/sink.h"
#include "tests/unit/services/woocommerce/shop_fixture.h"

namespace shopwire::woocommerce {

constexpr std::int64_t kModifiedMs = 1'795'291'200'000;  // 2026-11-21T20:00:00Z

inline Decimal decimal(const char* text) { return Decimal::parse(text).value(); }

inline std::string product(int id, const std::string& sku, const std::string& stock,
                           const std::string& extra = R"("manage_stock":true)", const std::string& type = "simple",
                           int parent = 0) {
    return R"({"id":)" + std::to_string(id) + R"(,"parent_id":)" + std::to_string(parent) + R"(,"type":")" + type +
           R"(","sku":")" + sku + R"(","stock_quantity":)" + stock + "," + extra + "}";
}

class SinkTest : public ::testing::Test {
 protected:
    std::vector<Result<runtime::Applied>> apply(const std::vector<events::Command>& batch) {
        return sink.apply(batch, {});
    }
    Result<runtime::Applied> apply_one(const events::Command& command) { return apply({command}).at(0); }
    std::string body(std::size_t request) const { return test.transport.requests().at(request).body; }
    std::size_t asked() const { return test.transport.requests().size(); }

    TestShop test{};
    Sink sink{test.shop};
};
}  // namespace shopwire::woocommerce
