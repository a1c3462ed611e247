// Products of their owners become the catalogue of a shop; prices and stock follow what is made.
#include "tests/unit/services/router/router_fixture.h"

namespace shopwire::router {
namespace {

using events::v1::Product;

constexpr std::string_view kConnections = R"(
merchant: acme
connections:
  shop: {system: alpha}
  erp: {system: beta}
  pim: {system: gamma}
routing:
)";

class ProductsTest : public RouterTest {
 protected:
    void route(const std::string& routing) { configure(std::string(kConnections) + routing); }
    void SetUp() override {
        route(
            "  products: [{from: erp, to: shop}]\n  prices: [{from: erp, to: shop}]\n"
            "  stock: [{owner: erp, to: shop, release_lag: 0ms}]\n");
    }

    Event event_of(const std::string& connection) {
        Event event;
        events::v1::Source& source = *event.mutable_source();
        source.set_merchant("acme");
        source.set_connection(connection);
        source.set_system("beta");
        source.set_origin(events::v1::ORIGIN_POLL);
        source.set_observed_at_ms(++now_ms_);
        source.set_read_started_at_ms(now_ms_);
        return event;
    }
    Event product(const std::string& sku, const std::string& name, const std::string& connection = "erp") {
        Event event = event_of(connection);
        Product& body = *event.mutable_product();
        body.set_native_id("n-" + sku);
        body.set_sku(sku);
        body.set_name(name);
        body.set_kind("basic");
        body.set_active(true);
        body.set_status("active");
        body.set_description("written by the ERP");
        body.add_images()->set_url("https://erp.example/" + sku);
        return event;
    }
    Event variant(const std::string& sku, const std::string& model, const std::string& size) {
        Event event = product(sku, "Shirt");
        event.mutable_product()->set_kind("variant");
        event.mutable_product()->set_model_number(model);
        events::v1::Attribute& attribute = *event.mutable_product()->add_attributes();
        attribute.set_name("size");
        attribute.add_options(size);
        attribute.set_varies(true);
        return event;
    }
    Event gone(const std::string& sku, const std::string& connection = "erp") {
        Event event = event_of(connection);
        event.mutable_deleted()->set_entity("product");
        event.mutable_deleted()->set_sku(sku);
        return event;
    }
    Event price(const std::string& sku, std::int64_t amount) {
        Event event = event_of("erp");
        event.mutable_price()->set_sku(sku);
        event.mutable_price()->set_currency("RSD");
        *event.mutable_price()->mutable_regular() = events::to_proto(Decimal::from_integer(amount));
        *event.mutable_price()->mutable_purchase() = events::to_proto(Decimal::from_integer(1));
        return event;
    }
    Command only() {
        std::vector<Command> sent = take();
        EXPECT_EQ(sent.size(), 1U);
        return sent.empty() ? Command() : sent.front();
    }
};

TEST_F(ProductsTest, OnlyTheFieldsThatTheSourceOwnsAreSent) {
    feed(product("A-1", "Cup"));
    const Command command = only();
    EXPECT_EQ(command.connection(), "shop");
    EXPECT_EQ(command.key(), "a-1");
    EXPECT_EQ(command.field_group(), "product");
    EXPECT_EQ(command.sequence(), 1U);
    const Product& sent = command.upsert_product().product();
    EXPECT_EQ(sent.sku(), "A-1");
    EXPECT_EQ(sent.name(), "Cup");
    EXPECT_TRUE(sent.active());
    EXPECT_TRUE(sent.description().empty()) << "texts stay the shop's";
    EXPECT_TRUE(sent.images().empty()) << "images stay the shop's";
    EXPECT_TRUE(sent.native_id().empty()) << "the ERP's id means nothing there";
    EXPECT_FALSE(command.upsert_product().publish());
}

TEST_F(ProductsTest, WhatIsTheSameAsLastTimeIsNotSentAgain) {
    feed(product("A-1", "Cup"));
    take();
    Event touched = product("A-1", "Cup");
    touched.mutable_product()->set_description("another text, which the shop does not take");
    feed(touched);
    EXPECT_TRUE(take().empty());
    feed(product("A-1", "Mug"));
    EXPECT_EQ(only().upsert_product().product().name(), "Mug");
}

TEST_F(ProductsTest, AnOlderStateIsDropped) {
    Event older = product("A-1", "Cup");
    feed(product("A-1", "Mug"));
    take();
    feed(older);
    EXPECT_TRUE(take().empty());
    EXPECT_EQ(metrics_.older.value(), 1);
}

TEST_F(ProductsTest, AProductThatVanishedBecomesADraftAndComesBack) {
    feed(product("A-1", "Cup"));
    feed(result_of(only(), commands::v1::OUTCOME_APPLIED));
    take();
    feed(gone("A-1"));
    const Command draft = only();
    EXPECT_FALSE(draft.upsert_product().product().active());
    EXPECT_EQ(draft.upsert_product().product().name(), "Cup");
    EXPECT_EQ(draft.sequence(), 2U);
    feed(product("A-1", "Cup"));
    EXPECT_TRUE(only().upsert_product().product().active());
}

TEST_F(ProductsTest, AProductThatIsNotActiveIsNotMade) {
    Event event = product("A-1", "Cup");
    event.mutable_product()->set_active(false);
    feed(event);
    EXPECT_TRUE(take().empty());
}

TEST_F(ProductsTest, VanishedKeepLeavesItAsItIs) {
    route("  products: [{from: erp, to: shop, vanished: keep}]\n");
    feed(product("A-1", "Cup"));
    take();
    feed(gone("A-1"));
    EXPECT_TRUE(take().empty());
}

TEST_F(ProductsTest, OtherKindsAreNotSent) {
    route("  products: [{from: erp, to: shop, kinds: [basic]}]\n");
    Event service = product("S-1", "Repair");
    service.mutable_product()->set_kind("service");
    feed(service);
    EXPECT_TRUE(take().empty());
    feed(product("A-1", "Cup"));
    EXPECT_EQ(only().key(), "a-1");
}

TEST_F(ProductsTest, AProductWithoutSkuIsCounted) {
    Event event = product("", "Nameless");
    event.mutable_product()->set_native_id("77");
    feed(event);
    EXPECT_TRUE(take().empty());
    EXPECT_EQ(metrics_.products_without_sku.value(), 1);
}

TEST_F(ProductsTest, ARefusedProductIsCountedAndTheNextStateIsSent) {
    feed(product("A-1", "Cup"));
    CommandResult refused = result_of(only(), commands::v1::OUTCOME_REJECTED);
    refused.set_error("the SKU is in the trash");
    feed(refused);
    EXPECT_EQ(metrics_.products_refused.value(), 1);
    const auto listed = [this] { return refused_products(links_, partitions(), 10).value(); };
    ASSERT_EQ(listed().count, 1U);
    EXPECT_EQ(text_of(listed()), R"({"count":1,"refused":[{"product":"acme/a-1","sku":"A-1","target":"shop",)"
                                 R"("reason":"the SKU is in the trash"}]})");
    Event same = product("A-1", "Cup");
    same.mutable_product()->set_description("touched");
    feed(same);
    const Command again = only();
    EXPECT_EQ(again.sequence(), 2U);
    feed(result_of(again, commands::v1::OUTCOME_APPLIED));
    EXPECT_EQ(listed().count, 0U);
}

TEST_F(ProductsTest, AnAnswerToAnOlderCommandDoesNotUndoTheNewest) {
    feed(product("A-1", "Cup"));
    const Command first = only();
    feed(product("A-1", "Mug"));
    only();
    feed(result_of(first, commands::v1::OUTCOME_DISCARDED));
    EXPECT_EQ(metrics_.products_refused.value(), 0);
    feed(product("A-1", "Mug"));
    EXPECT_TRUE(take().empty());
}

TEST_F(ProductsTest, TheTargetsNativeIdGoesWithTheNextCommand) {
    feed(product("A-1", "Cup"));
    CommandResult made = result_of(only(), commands::v1::OUTCOME_APPLIED);
    made.set_native_id("4711");
    feed(made);
    take();
    feed(product("A-1", "Mug"));
    EXPECT_EQ(only().native_id(), "4711");
}

TEST_F(ProductsTest, AnAliasGivesTheTargetsOwnSku) {
    route("  products: [{from: erp, to: shop}]\n  sku_aliases: {shop: {SHOP-1: A-1}}\n");
    feed(product("A-1", "Cup"));
    const Command command = only();
    EXPECT_EQ(command.key(), "shop-1");
    EXPECT_EQ(command.upsert_product().product().sku(), "SHOP-1");
}

TEST_F(ProductsTest, CategoriesByTreeByListAndByTable) {
    const auto sent_with = [this](const std::string& options) {
        route("  products: [{from: erp, to: shop, " + options + "}]\n");
        Event event = product("A-1", "Cup of " + options);
        events::v1::Category& named = *event.mutable_product()->add_categories();
        named.set_native_id("7");
        named.set_parent_native_id("1");
        named.set_name("Cups");
        event.mutable_product()->add_categories()->set_native_id("cat-12");
        feed(event);
        return only().upsert_product().product();
    };
    EXPECT_EQ(sent_with("categories: tree").categories(0).parent_native_id(), "1");
    EXPECT_TRUE(sent_with("categories: lists").categories(0).parent_native_id().empty());
    EXPECT_EQ(sent_with("categories: off").categories_size(), 0);
    EXPECT_EQ(sent_with("publish: false").categories_size(), 1) << "an id alone means nothing there";
    EXPECT_EQ(sent_with("category_names: {cat-12: Shirts}").categories(1).name(), "Shirts");
}

TEST_F(ProductsTest, TwoSourcesOwnDifferentFieldsOfOneProduct) {
    route(
        "  products:\n    - {from: erp, to: shop, fields: [name, status]}\n"
        "    - {from: pim, to: shop, fields: [description, images]}\n");
    feed(product("A-1", "Cup"));
    EXPECT_TRUE(only().upsert_product().product().description().empty());
    Event texts = product("A-1", "the name in the PIM", "pim");
    texts.mutable_product()->set_description("a fine cup");
    feed(texts);
    const Command both = only();
    EXPECT_EQ(both.upsert_product().product().name(), "Cup");
    EXPECT_EQ(both.upsert_product().product().description(), "a fine cup");
    EXPECT_EQ(both.upsert_product().product().images_size(), 1);
    EXPECT_EQ(both.sequence(), 2U) << "a newer command may replace an older one: it holds the fields of both";
}

TEST_F(ProductsTest, WhoDoesNotOwnTheNameMakesNoProduct) {
    route(
        "  products:\n    - {from: erp, to: shop, fields: [name, status]}\n"
        "    - {from: pim, to: shop, fields: [description]}\n");
    Event texts = product("A-1", "", "pim");
    feed(texts);
    EXPECT_TRUE(take().empty());
    feed(product("A-1", "what the shop has", "shop"));
    EXPECT_EQ(only().upsert_product().product().description(), "written by the ERP") << "it is there already";
}

TEST_F(ProductsTest, WhatTheShopChangesIsCountedAndNotRouted) {
    feed(product("A-1", "edited in the shop", "shop"));
    EXPECT_TRUE(take().empty());
    EXPECT_EQ(metrics_.not_owner.value(), 1);
    feed(product("A-1", "somewhere", "pim"));
    EXPECT_EQ(metrics_.unrouted.value(), 1);
}

// Edge case 28 of the rules: the parent comes first, in the command of its first variant.
TEST_F(ProductsTest, AVariantComesWithItsParent) {
    feed(variant("TS-M", "TS", "M"));
    const Command first = only();
    EXPECT_EQ(first.key(), "ts");
    EXPECT_EQ(first.upsert_product().product().sku(), "TS");
    EXPECT_EQ(first.upsert_product().product().name(), "Shirt");
    ASSERT_EQ(first.upsert_product().product().variants_size(), 1);
    feed(variant("TS-L", "TS", "L"));
    const Command second = only();
    const Product& model = second.upsert_product().product();
    EXPECT_EQ(second.key(), "ts");
    EXPECT_EQ(second.sequence(), 2U);
    ASSERT_EQ(model.variants_size(), 2);
    EXPECT_EQ(model.variants(0).sku(), "TS-L");
    EXPECT_EQ(model.variants(1).attributes(0).options(0), "M");
    ASSERT_EQ(model.attributes_size(), 1) << "the parent lists the options of all";
    EXPECT_EQ(model.attributes(0).options_size(), 2);
}

TEST_F(ProductsTest, AVariantThatVanishedIsNotActiveAndItsModelStays) {
    feed(variant("TS-M", "TS", "M"));
    feed(variant("TS-L", "TS", "L"));
    take();
    feed(gone("TS-M"));
    const Product one_left = only().upsert_product().product();
    EXPECT_TRUE(one_left.active());
    EXPECT_TRUE(one_left.variants(0).active());
    EXPECT_FALSE(one_left.variants(1).active());
    feed(gone("TS-L"));
    EXPECT_FALSE(only().upsert_product().product().active());
}

TEST_F(ProductsTest, AVariantThatMovesToAnotherModelLeavesTheFirst) {
    feed(variant("TS-M", "TS", "M"));
    feed(variant("TS-L", "TS", "L"));
    take();
    feed(variant("TS-M", "OTHER", "M"));
    const std::vector<Command> sent = take();
    ASSERT_EQ(sent.size(), 2U);
    for (const Command& command : sent) {
        ASSERT_EQ(command.upsert_product().product().variants_size(), 1) << command.key();
        EXPECT_EQ(command.upsert_product().product().variants(0).sku(), command.key() == "ts" ? "TS-L" : "TS-M");
    }
}

TEST_F(ProductsTest, AModelWithoutItsParentWaitsForIt) {
    Event child = product("C-1", "Box, red");
    child.mutable_product()->set_kind("variant");
    child.mutable_product()->set_parent_native_id("card-7");
    feed(child);
    EXPECT_TRUE(take().empty());
    Event card = product("", "Box");
    card.mutable_product()->set_native_id("card-7");
    card.mutable_product()->set_kind("card");
    feed(card);
    const Product model = only().upsert_product().product();
    EXPECT_EQ(model.sku(), "card-7");
    EXPECT_EQ(model.name(), "Box");
    EXPECT_EQ(model.variants(0).sku(), "C-1");
}

TEST_F(ProductsTest, AModelHasABoundedNumberOfVariants) {
    for (int i = 0; i < 251; ++i) feed(variant("TS-" + std::to_string(i), "TS", std::to_string(i)));
    EXPECT_EQ(dead_letters_.size(), 1U);
    EXPECT_EQ(take().size(), 250U);
}

TEST_F(ProductsTest, AProductThatIsMadeComesWithItsPrice) {
    feed(price("A-1", 1299));
    take();
    feed(product("A-1", "Cup"));
    const Command command = only();
    EXPECT_EQ(events::from_proto(command.upsert_product().price().regular()), Decimal::from_integer(1299));
    EXPECT_FALSE(command.upsert_product().price().has_purchase()) << "never public";
    feed(result_of(command, commands::v1::OUTCOME_APPLIED));
    take();
    feed(product("A-1", "Mug"));
    EXPECT_FALSE(only().upsert_product().has_price()) << "later prices come by themselves";
}

// Price and stock were refused while the shop lacked the article; whatever order the answers come in, both are told
// again once it is there.
TEST_F(ProductsTest, PriceAndStockAreToldAgainOnceTheArticleIsThere) {
    for (const bool refused_first : {true, false}) {
        const std::string sku = refused_first ? "A-1" : "B-1";
        feed(price(sku, 10));
        Event pieces = stock(5, now_ms_ + 1);
        pieces.mutable_stock()->set_sku(sku);
        feed(pieces);
        const std::vector<Command> early = take();
        ASSERT_EQ(early.size(), 2U);
        feed(product(sku, "Cup"));
        const Command made = only();
        if (!refused_first) feed(result_of(made, commands::v1::OUTCOME_APPLIED));
        for (const Command& command : early) feed(result_of(command, commands::v1::OUTCOME_REJECTED));
        if (refused_first) feed(result_of(made, commands::v1::OUTCOME_APPLIED));
        std::vector<Command> again = take();
        ASSERT_EQ(again.size(), 2U);
        if (!again[0].has_set_price()) std::swap(again[0], again[1]);
        EXPECT_EQ(events::from_proto(again[0].set_price().regular()), Decimal::from_integer(10));
        EXPECT_EQ(again[0].sequence(), 2U);
        EXPECT_EQ(events::from_proto(again[1].set_stock().quantity()), Decimal::from_integer(5));
    }
}

TEST_F(ProductsTest, ANewVariantOfAKnownModelGetsItsPriceToo) {
    feed(price("TS-M", 10));
    feed(price("TS-L", 12));
    take();
    feed(variant("TS-M", "TS", "M"));
    feed(result_of(only(), commands::v1::OUTCOME_APPLIED));
    EXPECT_EQ(only().set_price().sku(), "TS-M");
    feed(variant("TS-L", "TS", "L"));
    feed(result_of(only(), commands::v1::OUTCOME_APPLIED));
    EXPECT_EQ(only().set_price().sku(), "TS-L") << "that of the first is shown already";
}

TEST_F(ProductsTest, WithoutCreateOnlyWhatTheShopHasIsWritten) {
    route("  products: [{from: erp, to: shop, create: false}]\n");
    feed(product("A-1", "Cup"));
    EXPECT_TRUE(take().empty());
    feed(product("A-1", "old name in the shop", "shop"));
    const Command command = only();
    EXPECT_EQ(command.native_id(), "n-A-1");
    EXPECT_EQ(command.upsert_product().product().name(), "Cup");
    feed(gone("A-1", "shop"));
    feed(product("A-1", "Mug"));
    EXPECT_TRUE(take().empty()) << "somebody removed it there";
}

TEST_F(ProductsTest, WhatTheShopToldBeforeAnyRouteAskedIsKnownWhenItIsToldAgain) {
    route("  prices: [{from: erp, to: shop}]\n");
    feed(product("A-1", "old name in the shop", "shop"));
    route("  products: [{from: erp, to: shop, create: false}]\n  prices: [{from: erp, to: shop}]\n");
    feed(product("A-1", "Cup"));
    EXPECT_TRUE(take().empty());
    feed(product("A-1", "old name in the shop", "shop"));
    EXPECT_EQ(only().native_id(), "n-A-1");
}

// A campaign starts while the catalogue changes: each is told once, in the order of its own kind.
TEST_F(ProductsTest, APriceThatChangesWhileACampaignStartsIsToldOncePerState) {
    feed(product("A-1", "Cup"));
    feed(result_of(only(), commands::v1::OUTCOME_APPLIED));
    feed(price("A-1", 100));
    EXPECT_EQ(only().sequence(), 1U);
    Event campaign = price("A-1", 100);
    *campaign.mutable_price()->mutable_sale() = events::to_proto(Decimal::from_integer(80));
    campaign.mutable_price()->set_sale_from_ms(kYear2026);
    Event both = campaign;
    *both.mutable_price()->mutable_regular() = events::to_proto(Decimal::from_integer(120));
    *both.mutable_price()->mutable_sale() = events::to_proto(Decimal::from_integer(96));
    both.mutable_source()->set_observed_at_ms(++now_ms_);
    both.mutable_source()->set_read_started_at_ms(now_ms_);
    feed(campaign);
    const Command sale = only();
    feed(both);
    const Command newest = only();
    EXPECT_EQ(events::from_proto(sale.set_price().sale()), Decimal::from_integer(80));
    EXPECT_EQ(events::from_proto(newest.set_price().regular()), Decimal::from_integer(120));
    EXPECT_EQ(events::from_proto(newest.set_price().sale()), Decimal::from_integer(96))
        << "never the new regular price with the old sale";
    EXPECT_LT(sale.sequence(), newest.sequence());
    feed(campaign);
    EXPECT_TRUE(take().empty()) << "an older read that comes late";
}

}  // namespace
}  // namespace shopwire::router
