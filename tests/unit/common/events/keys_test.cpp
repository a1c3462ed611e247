#include <gtest/gtest.h>

#include "common/events/codec.h"

namespace shopwire::events {
namespace {

TEST(JoinKey, KeepsPartsApart) {
    EXPECT_EQ(join_key({"acme", "shop", "42"}), "acme/shop/42");
    EXPECT_EQ(join_key({"a/b", "c"}), "a%2Fb/c");
    EXPECT_NE(join_key({"a/b", "c"}), join_key({"a", "b/c"}));
    EXPECT_NE(join_key({"a%2Fb"}), join_key({"a/b"}));
    EXPECT_EQ(join_key({"a", "", "b"}), "a//b");
}

struct FoldRow {
    const char* name;
    std::string sku;
    std::string folded;
};
void PrintTo(const FoldRow& row, std::ostream* out) { *out << row.name; }

class FoldSku : public ::testing::TestWithParam<FoldRow> {};

TEST_P(FoldSku, GivesTheComparedForm) { EXPECT_EQ(fold_sku(GetParam().sku), GetParam().folded); }

INSTANTIATE_TEST_SUITE_P(
    , FoldSku,
    ::testing::Values(FoldRow{"Ascii", "  ABC-1z\t", "abc-1z"}, FoldRow{"Empty", " \n ", ""},
                      FoldRow{"InnerSpaceStays", "A  B", "a  b"}, FoldRow{"Latin1", "ÄÖÜ×ÞßÀ", "äöü×þßà"},
                      FoldRow{"LatinExtended", "ČĆŠŽĐŁŃŸŹ", "čćšžđłńÿź"}, FoldRow{"TurkishStays", "Iİı", "iİı"},
                      FoldRow{"Cyrillic", "ЂЉШЖАЯҐЁ", "ђљшжаяґё"}, FoldRow{"NoBreakSpace", "\xc2\xa0X1\xc2\xa0 ", "x1"},
                      FoldRow{"OtherScripts", "漢A", "漢a"},
                      FoldRow{"NotUtf8", std::string("\xff\xc3") + "A", std::string("\xff\xc3") + "a"}),
    [](const auto& test) { return test.param.name; });

Event event_of(const char* merchant = "acme", const char* connection = "shop") {
    Event event;
    event.mutable_source()->set_merchant(merchant);
    event.mutable_source()->set_connection(connection);
    return event;
}

TEST(KeyOf, GoodsAreKeyedByMerchantAndFoldedSku) {
    Event product = event_of();
    product.mutable_product()->set_sku(" A-1 ");
    Event stock = event_of("acme", "erp");
    stock.mutable_stock()->set_sku("a-1");
    Event price = event_of();
    price.mutable_price()->set_sku("A-1");
    EXPECT_EQ(key_of(product), "acme/a-1");
    EXPECT_EQ(key_of(stock), key_of(product));
    EXPECT_EQ(key_of(price), key_of(product));
}

TEST(KeyOf, GoodsWithoutSkuAreKeyedByTheirId) {
    Event product = event_of();
    product.mutable_product()->set_native_id("77");
    EXPECT_EQ(key_of(product), "acme/shop/77");
}

TEST(KeyOf, TwinMerchantsNeverShareAKey) {
    for (const char* sku : {"A", "B"}) {
        Event left = event_of("acme");
        left.mutable_stock()->set_sku(sku);
        Event right = event_of("umbra");
        right.mutable_stock()->set_sku(sku);
        EXPECT_NE(key_of(left), key_of(right));
    }
}

TEST(KeyOf, WhatBelongsToAnOrderHasTheOrdersKey) {
    Event order = event_of();
    order.mutable_order()->set_native_id("1001");
    Event refund = event_of();
    refund.mutable_refund()->set_native_id("5");
    refund.mutable_refund()->set_order_native_id("1001");
    Event shipment = event_of();
    shipment.mutable_shipment()->set_order_native_id("1001");
    EXPECT_EQ(key_of(order), "acme/shop/1001");
    EXPECT_EQ(key_of(refund), key_of(order));
    EXPECT_EQ(key_of(shipment), key_of(order));
}

TEST(KeyOf, ADeletionHasTheKeyAndTopicOfItsEntity) {
    Event order = event_of();
    order.mutable_deleted()->set_entity("order");
    order.mutable_deleted()->set_native_id("1001");
    EXPECT_EQ(key_of(order), "acme/shop/1001");
    EXPECT_EQ(entity_of(order), Entity::kOrder);
    Event product = event_of();
    product.mutable_deleted()->set_entity("product");
    product.mutable_deleted()->set_native_id("7");
    product.mutable_deleted()->set_sku("A-1");
    EXPECT_EQ(key_of(product), "acme/a-1");
    EXPECT_EQ(entity_of(product), Entity::kProduct);
    Event unknown = event_of();
    unknown.mutable_deleted()->set_entity("planet");
    EXPECT_EQ(entity_of(unknown), std::nullopt);
}

TEST(EntityOf, AMarkerTravelsWithStock) {
    Event marker = event_of();
    marker.mutable_marker()->set_pass_id("p");
    EXPECT_EQ(entity_of(marker), Entity::kStock);
    EXPECT_EQ(entity_of(event_of()), std::nullopt);
}

}  // namespace
}  // namespace shopwire::events
