// An owner has many articles that no shop sells: that is no dead letter, and the others of the batch go on.
#include <gtest/gtest.h>

#include "services/woocommerce/sink.h"
#include "tests/unit/services/woocommerce/shop_fixture.h"

namespace shopwire::woocommerce {
namespace {

using commands::v1::OUTCOME_REJECTED;
using commands::v1::OUTCOME_UNCHANGED;

std::string product(int id, const std::string& sku, int stock) {
    return R"({"id":)" + std::to_string(id) + R"(,"parent_id":0,"type":"simple","sku":")" + sku +
           R"(","manage_stock":true,"stock_quantity":)" + std::to_string(stock) + "}";
}

events::Command stock(const std::string& sku, int quantity) {
    events::Command command;
    command.mutable_set_stock()->set_sku(sku);
    *command.mutable_set_stock()->mutable_quantity() = events::to_proto(Decimal::from_integer(quantity));
    return command;
}

events::Command price(const std::string& sku) {
    events::Command command;
    commands::v1::SetPrice& set = *command.mutable_set_price();
    set.set_sku(sku);
    set.set_currency("EUR");
    set.set_includes_tax(true);
    *set.mutable_regular() = events::to_proto(Decimal::from_integer(25));
    return command;
}

TEST(AbsentArticle, OfAShopIsAnAnswerAndNoFailure) {
    TestShop test;
    Sink sink(test.shop);
    const metrics::Gauge& absent =
        test.metrics->gauge("shopwire_sink_articles_absent", "", {{"connection", "acme/shop"}});
    const auto apply = [&sink](const std::vector<events::Command>& batch) { return sink.apply(batch, {}); };
    test.transport.reply(200, "[" + product(1, "A", 5) + "," + product(2, "BC", 5) + "]");
    const auto stocks = apply({stock("A", 5), stock("B", 1), stock("C", 1)});
    EXPECT_EQ(stocks.at(0).value().result.outcome(), OUTCOME_UNCHANGED);
    EXPECT_EQ(stocks.at(1).value().result.outcome(), OUTCOME_REJECTED);
    EXPECT_EQ(stocks.at(1).value().result.error(), "finding a product: no product with SKU B");
    EXPECT_EQ(stocks.at(2).value().result.outcome(), OUTCOME_REJECTED);
    EXPECT_EQ(absent.value(), 2);
    test.reply_facts();
    test.transport.reply(200, "[]");
    EXPECT_EQ(apply({price("B")}).at(0).value().result.outcome(), OUTCOME_REJECTED);
    EXPECT_EQ(absent.value(), 2) << "the same article";
    test.transport.reply(200, "[" + product(7, "B", 1) + "]");
    EXPECT_EQ(apply({stock("B", 1)}).at(0).value().result.outcome(), OUTCOME_UNCHANGED);
    EXPECT_EQ(absent.value(), 1);
}

}  // namespace
}  // namespace shopwire::woocommerce
