// Goal: a catalogue becomes products, whatever happens on the way, and a second run writes nothing.  Method: see
// sandbox_test.cpp; the simulator counts every image that it was made to import.
#include "tests/contract/woocommerce/simulator.h"

namespace shopwire::woocommerce {
namespace {

using commands::v1::OUTCOME_APPLIED;
using commands::v1::OUTCOME_UNCHANGED;

events::v1::Decimal decimal(const char* text) { return events::to_proto(Decimal::parse(text).value()); }

void add_image(events::v1::Image& image, const std::string& url, const std::string& hash) {
    image.set_url(url);
    image.set_content_hash(hash);
}

events::Command hammer() {
    events::Command command;
    commands::v1::UpsertProduct& upsert = *command.mutable_upsert_product();
    upsert.set_publish(true);
    events::v1::Product& product = *upsert.mutable_product();
    product.set_native_id("A-1");
    product.set_sku("HAM");
    product.set_gtin("6417182041488");
    product.set_name("Hammer & nails");
    product.set_description("<b>Steel</b>");
    product.set_active(true);
    *product.mutable_measures()->mutable_weight_kg() = decimal("0.5");
    *product.mutable_measures()->mutable_length_cm() = decimal("30");
    events::v1::Category& tools = *product.add_categories();
    tools.set_native_id("g1");
    tools.set_name("Tools & more");
    events::v1::Category& hand = *product.add_categories();
    hand.set_native_id("g2");
    hand.set_parent_native_id("g1");
    hand.set_name("Hand tools");
    add_image(*product.add_images(), "https://erp.example/media/1.jpg", "h1");
    add_image(*product.add_images(), "https://erp.example/media/2.jpg", "h2");
    events::v1::Attribute& material = *product.add_attributes();
    material.set_name("Material");
    material.add_options("Steel");
    upsert.mutable_price()->set_currency("RSD");
    upsert.mutable_price()->set_includes_tax(true);
    *upsert.mutable_price()->mutable_regular() = decimal("120");
    *upsert.mutable_price()->mutable_sale() = decimal("99.5");
    upsert.mutable_price()->set_sale_to_ms(1'799'000'000'000);
    return command;
}

void add_variant(events::v1::Product& product, const std::string& sku, const std::string& size,
                 const std::string& hash = "") {
    events::v1::Variant& variant = *product.add_variants();
    variant.set_native_id("V-" + sku);
    variant.set_sku(sku);
    variant.set_active(true);
    events::v1::Attribute& attribute = *variant.add_attributes();
    attribute.set_name("Size");
    attribute.add_options(size);
    attribute.set_varies(true);
    if (!hash.empty()) add_image(*variant.mutable_image(), "https://erp.example/media/" + hash + ".jpg", hash);
}

events::Command shirt(const std::string& sku = "TS") {
    events::Command command;
    commands::v1::UpsertProduct& upsert = *command.mutable_upsert_product();
    upsert.set_publish(true);
    events::v1::Product& product = *upsert.mutable_product();
    product.set_native_id("M-" + sku);
    product.set_sku(sku);
    product.set_name("Shirt");
    product.set_active(true);
    add_image(*product.add_images(), "https://erp.example/media/front.jpg", "front");
    add_variant(product, sku + "-S", "S", "front");
    add_variant(product, sku + "-M", "M", "back");
    upsert.mutable_price()->set_currency("RSD");
    upsert.mutable_price()->set_includes_tax(true);
    *upsert.mutable_price()->mutable_regular() = decimal("60");
    return command;
}

// A source that tells each variant as an article of its own.
events::Command of_model(const std::string& sku, const std::string& size) {
    events::Command command;
    commands::v1::UpsertProduct& upsert = *command.mutable_upsert_product();
    events::v1::Product& product = *upsert.mutable_product();
    product.set_native_id("N-" + sku);
    product.set_sku(sku);
    product.set_model_number("MODEL");
    product.set_name("Boots");
    product.set_active(true);
    events::v1::Attribute& attribute = *product.add_attributes();
    attribute.set_name("Size");
    attribute.add_options(size);
    attribute.set_varies(true);
    return command;
}

class SandboxCatalogue : public SandboxShop {
 protected:
    std::size_t imported() { return simulator.control("images").root().size(); }
    // Applied, and a second time without a single write.
    runtime::Applied settled(const events::Command& command) {
        Result<runtime::Applied> first = apply(command);
        if (!first) throw std::runtime_error(first.error().message);
        const std::size_t before = writes();
        const Result<runtime::Applied> second = apply(command);
        if (!second) throw std::runtime_error(second.error().message);
        EXPECT_EQ(second->result.outcome(), OUTCOME_UNCHANGED);
        EXPECT_EQ(writes(), before);
        Sink sink(shop);
        EXPECT_TRUE(sink.find(command, {}).value());
        return *std::move(first);
    }
    std::string field(const std::string& sku, std::string_view name, std::string_view status = "any") {
        const json::Document rows = product(sku, status);
        return rows.root().size() == 1 ? std::string(rows.root().at(0).member(name).text()) : "absent";
    }
};

TEST_F(SandboxCatalogue, MakesAProductWithEverything) {
    const runtime::Applied made = settled(hammer());
    EXPECT_EQ(made.result.outcome(), OUTCOME_APPLIED);
    const json::Document rows = product("HAM");
    const json::Value shown = rows.root().at(0);
    EXPECT_EQ(shown.member("id").text(), made.result.native_id());
    EXPECT_EQ(shown.member("status").text(), "publish");
    EXPECT_EQ(shown.member("name").text(), "Hammer &amp; nails");
    EXPECT_EQ(shown.member("global_unique_id").text(), "6417182041488");
    EXPECT_EQ(shown.member("regular_price").text(), "120.00");
    EXPECT_EQ(shown.member("sale_price").text(), "99.50");
    EXPECT_EQ(shown.member("weight").text(), "0.5");
    EXPECT_EQ(shown.member("dimensions").member("length").text(), "30");
    EXPECT_EQ(shown.member("images").size(), 2U);
    EXPECT_EQ(shown.member("attributes").at(0).member("options").at(0).text(), "Steel");
    ASSERT_EQ(shown.member("categories").size(), 2U);
    // No piece is sold before stock is told.
    EXPECT_TRUE(shown.member("manage_stock").boolean());
    EXPECT_EQ(shown.member("stock_quantity").text(), "0");
    EXPECT_EQ(imported(), 2U);
    const json::Document categories = shop->client().categories(1, {}).value();
    ASSERT_EQ(categories.root().size(), 3U);
    EXPECT_EQ(categories.root().at(2).member("parent").text(), categories.root().at(1).member("id").text());
}

TEST_F(SandboxCatalogue, SendsOnlyWhatHasChangedAndKeepsWhatPeopleAdded) {
    events::Command command = hammer();
    const std::string id = settled(command).result.native_id();
    const json::Document before = product("HAM");
    const std::string own_image = std::string(before.root().at(0).member("images").at(1).member("id").text());
    ASSERT_TRUE(shop->client().create_category(R"({"name":"Offers"})", {}));
    const json::Document categories = shop->client().categories(1, {}).value();
    const std::string offers(categories.root().at(3).member("id").text());
    std::string ids;
    for (std::size_t i = 0; i < 2; ++i)
        ids += R"({"id":)" + std::string(before.root().at(0).member("categories").at(i).member("id").text()) + "},";
    ASSERT_TRUE(shop->client().update_products(R"({"update":[{"id":)" + id + R"(,"categories":[)" + ids + R"({"id":)" +
                                                   offers + R"(}],"regular_price":"130"}]})",
                                               {}));
    events::v1::Product& product = *command.mutable_upsert_product()->mutable_product();
    product.set_name("Hammer");
    product.mutable_categories()->RemoveLast();
    product.mutable_images()->DeleteSubrange(0, 1);
    settled(command);
    const json::Document rows = this->product("HAM");
    const json::Value shown = rows.root().at(0);
    EXPECT_EQ(shown.member("name").text(), "Hammer");
    EXPECT_EQ(shown.member("regular_price").text(), "130");  // later prices are not this command's
    ASSERT_EQ(shown.member("categories").size(), 2U);
    EXPECT_EQ(shown.member("categories").at(1).member("name").text(), "Offers");
    ASSERT_EQ(shown.member("images").size(), 1U);
    EXPECT_EQ(shown.member("images").at(0).member("id").text(), own_image);
    EXPECT_EQ(imported(), 2U);
}

TEST_F(SandboxCatalogue, LeavesImagesThatSomebodyElseGaveTheProduct) {
    simulator.control("seed",
                      R"({"products":[{"sku":"HAM","name":"x","images":[{"src":"https://a.example/own.jpg"}]}]})");
    settled(hammer());
    EXPECT_EQ(imported(), 1U);
    Settings settings;
    settings.replace_images = true;
    connect("", settings);
    settled(hammer());
    EXPECT_EQ(imported(), 3U);
    EXPECT_EQ(product("HAM").root().at(0).member("images").size(), 2U);
}

TEST_F(SandboxCatalogue, MakesListsOfGroupsWhereATreeIsNotWanted) {
    Settings settings;
    settings.categories = "lists";
    connect("", settings);
    settled(hammer());
    const json::Document categories = shop->client().categories(1, {}).value();
    EXPECT_EQ(categories.root().at(2).member("parent").text(), "0");
}

TEST_F(SandboxCatalogue, TakesACategoryThatSomebodyMadeMeanwhile) {
    ASSERT_TRUE(shop->terms().attribute("none", {}));  // the list is read
    const Coded made = shop->client().create_category(R"({"name":"tools &amp; more"})", {});
    ASSERT_TRUE(made);
    ASSERT_TRUE(shop->client().create_category(R"({"name":"Tools & more"})", {}).has_value());
    settled(hammer());
    EXPECT_EQ(shop->client().categories(1, {})->root().size(), 4U);
}

TEST_F(SandboxCatalogue, MakesTheProductBeforeItsVariationsAndNoImageTwice) {
    settled(shirt());
    const json::Document rows = product("TS-S");
    const json::Value variation = rows.root().at(0);
    EXPECT_EQ(variation.member("type").text(), "variation");
    EXPECT_EQ(variation.member("regular_price").text(), "60.00");
    EXPECT_EQ(variation.member("attributes").at(0).member("option").text(), "S");
    const json::Document parent = product("TS");
    EXPECT_EQ(parent.root().at(0).member("id").text(), variation.member("parent_id").text());
    EXPECT_EQ(parent.root().at(0).member("attributes").at(0).member("options").size(), 2U);
    EXPECT_EQ(imported(), 2U);  // the front once, for the product and its variation
    EXPECT_EQ(variation.member("images").at(0).member("id").text(),
              parent.root().at(0).member("images").at(0).member("id").text());
}

TEST_F(SandboxCatalogue, HidesAVariationThatVanishedAndShowsItAgain) {
    const events::Command both = shirt();
    settled(both);
    events::Command one = both;
    one.mutable_upsert_product()->mutable_product()->mutable_variants()->RemoveLast();
    settled(one);
    EXPECT_EQ(field("TS-M", "status"), "private");
    EXPECT_EQ(field("TS-S", "status"), "publish");
    settled(both);
    EXPECT_EQ(field("TS-M", "status"), "publish");
    EXPECT_EQ(imported(), 2U);
}

// As the router tells it: ids of a source mean nothing at a target.
TEST_F(SandboxCatalogue, HidesAVariationThatItMadeAlsoWithoutIdsAndNoneOfAPersons) {
    events::Command both = shirt();
    events::v1::Product& product = *both.mutable_upsert_product()->mutable_product();
    product.clear_native_id();
    for (events::v1::Variant& variant : *product.mutable_variants()) variant.clear_native_id();
    settled(both);
    const std::string parent(this->product("TS").root().at(0).member("id").text());
    ASSERT_TRUE(shop->client().update_variations(
        parent, R"({"create":[{"sku":"TS-OWN","regular_price":"5","attributes":[{"name":"Size","option":"S"}]}]})",
        {}));
    product.mutable_variants()->RemoveLast();
    settled(both);
    EXPECT_EQ(field("TS-M", "status"), "private");
    EXPECT_EQ(field("TS-S", "status"), "publish");
    EXPECT_EQ(field("TS-OWN", "status"), "publish");
}

TEST_F(SandboxCatalogue, MakesADraftOfWhatVanishedAndLeavesAPersonsDraftAlone) {
    events::Command command = hammer();
    events::v1::Product& product = *command.mutable_upsert_product()->mutable_product();
    const std::string id = settled(command).result.native_id();
    product.set_active(false);
    settled(command);
    EXPECT_EQ(field("HAM", "status"), "draft");
    product.set_active(true);
    settled(command);
    EXPECT_EQ(field("HAM", "status"), "publish");
    const auto person_sets = [&](const std::string& status) {
        ASSERT_TRUE(
            shop->client().update_products(R"({"update":[{"id":)" + id + R"(,"status":")" + status + R"("}]})", {}));
    };
    person_sets("draft");
    settled(command);
    EXPECT_EQ(field("HAM", "status"), "draft");
    // Drafted by us, shown by a person, hidden by a person: it stays hidden.
    person_sets("publish");
    product.set_active(false);
    settled(command);
    person_sets("publish");
    product.set_active(true);
    settled(command);
    person_sets("draft");
    settled(command);
    EXPECT_EQ(field("HAM", "status"), "draft");
}

TEST_F(SandboxCatalogue, WhatIsNotSoldIsNotMade) {
    events::Command command = hammer();
    command.mutable_upsert_product()->mutable_product()->set_active(false);
    EXPECT_EQ(settled(command).result.outcome(), OUTCOME_UNCHANGED);
    EXPECT_EQ(field("HAM", "status"), "absent");
}

TEST_F(SandboxCatalogue, FindsAnSkuInTheTrash) {
    const std::string id = settled(hammer()).result.native_id();
    ASSERT_TRUE(shop->client().update_products(R"({"update":[{"id":)" + id + R"(,"status":"trash"}]})", {}));
    ASSERT_EQ(field("HAM", "status"), "absent");
    Settings settings;
    settings.trashed = "reject";
    connect("", settings);
    const Result<runtime::Applied> refused = apply(hammer());
    EXPECT_EQ(refused.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(refused.error().message, "writing a product: the product with SKU HAM lies in the shop's trash");
    connect();
    const runtime::Applied restored = settled(hammer());
    EXPECT_EQ(restored.result.error(), "writing a product: it was in the trash and is a draft now");
    EXPECT_EQ(field("HAM", "id"), id);
    EXPECT_EQ(field("HAM", "status"), "draft");
    EXPECT_EQ(imported(), 2U);
}

TEST_F(SandboxCatalogue, ALostAnswerImportsNoImageTwice) {
    for (const char* path : {"/products/batch$", "/variations/batch$"}) {
        simulator.control("reset", "{}");
        connect();
        simulator.control("faults", R"([{"match":{"method":"POST","path_regex":")" + std::string(path) +
                                        R"("},"times":1,"fault":{"kind":"apply_then_drop"}}])");
        EXPECT_EQ(apply(shirt()).error().kind, ErrorKind::kAmbiguous) << path;
        connect();  // as after a crash: nothing is remembered
        settled(shirt());
        EXPECT_EQ(imported(), 2U) << path;
        EXPECT_EQ(simulator.control("state").root().member("products").text(), "3");
    }
}

TEST_F(SandboxCatalogue, AnArticleGoesOnWithoutAnImageThatCannotBeFetched) {
    events::Command command = hammer();
    command.mutable_upsert_product()->mutable_product()->mutable_images(1)->set_url("https://gone.invalid/2.jpg");
    const Result<runtime::Applied> made = apply(command);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->result.error(), "writing a product: the shop could not fetch an image");
    EXPECT_EQ(field("HAM", "name"), "Hammer &amp; nails");
    EXPECT_EQ(shop->images(false).value(), 1);
    settled(hammer());  // it can be fetched now
    EXPECT_EQ(product("HAM").root().at(0).member("images").size(), 2U);
}

TEST_F(SandboxCatalogue, GroupsArticlesOfOneModelThatComeOneByOne) {
    Settings settings;
    settings.group_by_model = true;
    connect("", settings);
    const std::vector<events::Command> batch{of_model("B-40", "40"), of_model("B-41", "41")};
    Sink sink(shop);
    const auto made = sink.apply(batch, {});
    ASSERT_TRUE(made[0] && made[1]) << made[0].error().message;
    EXPECT_EQ(made[0]->result.native_id(), field("B-40", "id"));
    settled(of_model("B-42", "42"));
    settled(of_model("B-40", "40"));
    const json::Document parent = product("MODEL");
    EXPECT_EQ(parent.root().at(0).member("status").text(), "draft");
    EXPECT_EQ(parent.root().at(0).member("attributes").at(0).member("options").size(), 3U);
    EXPECT_EQ(parent.root().at(0).member("variations").size(), 3U);
}

TEST_F(SandboxCatalogue, LeavesArticlesOfAModelThatStandAloneAlready) {
    simulator.control("seed", R"({"products":[{"sku":"B-40","name":"Boots 40","price":"60.00","stock":10}]})");
    Settings settings;
    settings.group_by_model = true;
    connect("", settings);
    EXPECT_EQ(settled(of_model("B-40", "40")).result.native_id(), field("B-40", "id"));
    EXPECT_EQ(field("B-40", "type"), "simple");
    EXPECT_EQ(field("MODEL", "id"), "absent");
}

TEST_F(SandboxCatalogue, WritesAHundredArticlesInFewRequests) {
    std::vector<events::Command> batch;
    for (int i = 0; i < 100; ++i) {
        batch.push_back(hammer());
        events::v1::Product& product = *batch.back().mutable_upsert_product()->mutable_product();
        product.set_sku("N-" + std::to_string(i));
        product.clear_gtin();
        product.clear_images();
    }
    Sink sink(shop);
    for (const auto& answer : sink.apply(batch, {})) ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(writes(), 3U);  // two categories, one batch
    for (const auto& answer : sink.apply(batch, {})) EXPECT_EQ(answer->result.outcome(), OUTCOME_UNCHANGED);
    EXPECT_EQ(writes(), 3U);
}

struct Refused {
    const char* name = "";
    void (*change)(events::Command& command) = nullptr;
    const char* message = "";
};
void PrintTo(const Refused& row, std::ostream* out) { *out << row.name; }

class ArticleRefused : public SandboxCatalogue, public ::testing::WithParamInterface<Refused> {};

TEST_P(ArticleRefused, WithItsReason) {
    simulator.control("seed", R"({"products":[{"sku":"OLD","name":"x","global_unique_id":"1234","price":"1"}]})");
    events::Command command = hammer();
    GetParam().change(command);
    const Result<runtime::Applied> answer = apply(command);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(answer.error().message, "writing a product: " + std::string(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Woo, ArticleRefused,
    ::testing::Values(
        Refused{"NoSku",
                [](events::Command& command) { command.mutable_upsert_product()->mutable_product()->clear_sku(); },
                "an empty SKU or one with a comma cannot be asked for"},
        Refused{
            "Currency",
            [](events::Command& command) { command.mutable_upsert_product()->mutable_price()->set_currency("EUR"); },
            "setting a price: it is in EUR, the shop's currency is RSD"},
        Refused{"Gtin",
                [](events::Command& command) { command.mutable_upsert_product()->mutable_product()->set_gtin("1234"); },
                "writing a batch: item refused: product_invalid_global_unique_id"},
        Refused{"SimpleWithVariants",
                [](events::Command& command) {
                    command.mutable_upsert_product()->mutable_product()->set_sku("OLD");
                    add_variant(*command.mutable_upsert_product()->mutable_product(), "OLD-S", "S");
                },
                "product 14 is simple in the shop and cannot have variations"},
        Refused{"VariantIsAProduct",
                [](events::Command& command) {
                    add_variant(*command.mutable_upsert_product()->mutable_product(), "OLD", "S");
                },
                "SKU OLD is product 14 in the shop"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace shopwire::woocommerce
