// What is sent for an article, and what is not: images, fields, measures, groups.  Pure, but for the groups.
#include "services/woocommerce/article.h"

#include <gtest/gtest.h>

#include "services/woocommerce/catalogue.h"
#include "tests/unit/services/woocommerce/shop_fixture.h"

namespace shopwire::woocommerce {
namespace {

events::v1::Image image(const std::string& hash, const std::string& url = "https://a/1.jpg") {
    events::v1::Image out;
    out.set_content_hash(hash);
    out.set_url(url);
    return out;
}

std::string noted(const std::string& hash, const std::string& id) { return image_key(image(hash)) + ":" + id; }

// "7" for an image by its id, "+" for one to be imported.
std::string places(const std::optional<ImagePlan>& plan) {
    if (!plan) return "nothing";
    std::string out;
    for (const ImagePlan::Place& place : plan->places())
        out += (out.empty() ? "" : " ") + (place.id.empty() ? "+" : place.id);
    return out;
}

struct Images {
    const char* name = "";
    std::vector<events::v1::Image> wanted{};
    std::vector<std::string> shown{};
    std::string note{};
    const char* expected = "";
    bool replace = false;
};
void PrintTo(const Images& row, std::ostream* out) { *out << row.name; }

class ImagesOf : public ::testing::TestWithParam<Images> {};

TEST_P(ImagesOf, BecomeWhatTheCatalogueHas) {
    const Images& row = GetParam();
    const ImportedImages imported;
    EXPECT_EQ(places(ImagePlan::make(row.wanted, row.shown, row.note, row.replace, imported)), row.expected);
}

INSTANTIATE_TEST_SUITE_P(
    Woo, ImagesOf,
    ::testing::Values(
        Images{"New", {image("a"), image("b")}, {}, "", "+ +"},
        Images{"NoneWanted", {}, {"7"}, noted("a", "7"), "nothing"},
        Images{"Same", {image("a")}, {"7"}, noted("a", "7"), "nothing"},
        Images{"SameByPlace", {image("a")}, {"6", "7"}, noted("a", "6") + " " + noted("b", "@1"), "6"},
        Images{"StillUnderway", {image("a")}, {"7"}, noted("a", "@0"), "nothing"},
        Images{"Swapped", {image("b"), image("a")}, {"7", "8"}, noted("a", "7") + " " + noted("b", "8"), "8 7"},
        Images{"AnotherFile", {image("c")}, {"7"}, noted("a", "7"), "+"},
        Images{"APersonsStaysInFront", {image("a"), image("b")}, {"5", "7"}, noted("a", "7"), "5 7 +"},
        Images{"APersonTookOursAway", {image("a")}, {"5"}, noted("a", "7"), "5 7"},
        Images{"OnlyAPersons", {image("a")}, {"5"}, "", "nothing"},
        Images{"OnlyAPersonsReplaced", {image("a")}, {"5"}, "", "+", true},
        Images{"ByAddress", {image("", "https://a/9.jpg")}, {}, "", "+"},
        Images{"Doubled", {image("a"), image("a")}, {}, "", "+"}, Images{"Nothing", {image("", "")}, {}, "", "nothing"},
        Images{"BadNote", {image("a")}, {"7"}, "x y:z " + noted("a", "@99999999999999999999"), "7 +"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ImportedImagesTest, TakeTheImageOfAnotherProductUntilItIsGone) {
    ImportedImages imported;
    imported.learn(image_key(image("a")), "7");
    EXPECT_EQ(places(ImagePlan::make({image("a")}, {}, "", false, imported)), "7");
    imported.forget("7");
    EXPECT_EQ(places(ImagePlan::make({image("a")}, {}, noted("a", "7"), false, imported)), "+");
}

// Past the bound the oldest is forgotten, never the newest: that one would be taken for an image of the shop again.
TEST(ImportedImagesTest, TheOldestOfThoseThatAreGoneIsForgotten) {
    constexpr int kGoneMax = 10'000;
    ImportedImages imported;
    const auto is_gone = [&imported](const std::string& id) {
        return places(ImagePlan::make({image("a")}, {}, noted("a", id), false, imported)) == "+";
    };
    for (int i = 0; i < kGoneMax; ++i) imported.forget(std::to_string(50'000 + i));
    imported.forget("1");  // the smallest text of all
    imported.forget("2");
    EXPECT_TRUE(is_gone("1"));
    EXPECT_TRUE(is_gone("2"));
    EXPECT_FALSE(is_gone("50000"));
    EXPECT_FALSE(is_gone("50001"));
    EXPECT_TRUE(is_gone("50002"));
    imported.forget("50002");
    EXPECT_TRUE(is_gone("50003")) << "twice is once";
}

TEST(ImportedImagesTest, TheSecondNoteHasTheIds) {
    ImportedImages imported;
    const auto plan = ImagePlan::make({image("a"), image("b")}, {}, "", false, imported);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->note(), noted("a", "@0") + " " + noted("b", "@1"));
    EXPECT_EQ(plan->note_after({"7", "8"}, imported), noted("a", "7") + " " + noted("b", "8"));
    EXPECT_EQ(imported.id_of(image_key(image("b"))), "8");
    EXPECT_EQ(plan->note_after({"7"}, imported), "");
}

struct Body {
    const char* name = "";
    void (*change)(WantedArticle& wanted) = nullptr;
    const char* expected = "";
};
void PrintTo(const Body& row, std::ostream* out) { *out << row.name; }

class BodyOf : public ::testing::TestWithParam<Body> {};

// The hammer of the captures: categories [16], weight 0.5, dimensions 30 x 10 x 3.
TEST_P(BodyOf, HasOnlyWhatDiffers) {
    const json::Document document = parsed(answered("product-get-200.json"));
    const ShownArticle shown = read_article(document.root()).value();
    WantedArticle wanted{.sku = "HAM-500", .gtin = "6417182041488", .name = "Hammer 500 g", .category_ids = {"16"}};
    wanted.measures.mutable_weight_kg()->set_micros(500'000);
    ShownArticle noted = shown;
    noted.meta.emplace(kMetaCategories, "16");
    GetParam().change(wanted);
    const WriteRules rules{.facts = {.units = {.weight = "kg", .length = "cm"}}};
    EXPECT_EQ(article_body(wanted, noted, std::nullopt, rules), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Woo, BodyOf,
    ::testing::Values(
        Body{"Nothing", [](WantedArticle&) {}, ""}, Body{"Unset", [](WantedArticle& wanted) { wanted = {}; }, ""},
        Body{"Name", [](WantedArticle& wanted) { wanted.name = "Hammer"; }, R"({"id":15,"name":"Hammer"})"},
        Body{"Gtin", [](WantedArticle& wanted) { wanted.gtin = "1"; }, R"({"id":15,"global_unique_id":"1"})"},
        Body{"Weight", [](WantedArticle& wanted) { wanted.measures.mutable_weight_kg()->set_micros(750'000); },
             R"({"id":15,"weight":"0.75"})"},
        Body{"OneSize", [](WantedArticle& wanted) { wanted.measures.mutable_width_cm()->set_micros(11'000'000); },
             R"({"id":15,"dimensions":{"width":"11"}})"},
        Body{"Group", [](WantedArticle& wanted) { wanted.category_ids = {"17"}; },
             R"({"id":15,"categories":[{"id":17}],"meta_data":[{"key":"_shopwire_categories","value":"17"}]})"},
        Body{"Attribute",
             [](WantedArticle& wanted) {
                 wanted.attributes = {{.id = "1", .name = "Color", .options = {"Red"}},
                                      {.name = "M", .options = {"x"}}};
             },
             R"({"id":15,"attributes":[{"id":1,"position":0,"visible":true,"variation":false,"options":["Red"]},)"
             R"({"name":"M","position":1,"visible":true,"variation":false,"options":["x"]}]})"},
        Body{"Vanished", [](WantedArticle& wanted) { wanted.active = false; },
             R"({"id":15,"status":"draft","meta_data":[{"key":"_shopwire_drafted","value":"publish"}]})"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ArticleTest, KeepsAttributesThatPeopleAdded) {
    const json::Document document = parsed(answered("product-get-variable-200.json"));
    const ShownArticle shown = read_article(document.root()).value();
    WantedArticle wanted{.attributes = {{.name = "size", .varies = true, .options = {"m", "s"}}}};
    EXPECT_EQ(article_body(wanted, shown, std::nullopt, {}), "");  // the same, in another order
    wanted.attributes[0].options.emplace_back("L");
    EXPECT_EQ(article_body(wanted, shown, std::nullopt, {}),
              R"({"id":16,"attributes":[)"
              R"({"id":1,"position":0,"visible":true,"variation":true,"options":["Blue","Red"]},)"
              R"({"name":"Size","position":1,"visible":true,"variation":true,"options":["m","s","L"]}]})");
}

TEST(ArticleTest, FindsAVariationByItsOptionsWhenItHasNoSku) {
    const json::Document document = parsed(answered("variations-list-200.json"));
    std::vector<ShownArticle> shown;
    for (std::size_t i = 0; i < document.root().size(); ++i)
        shown.push_back(read_article(document.root().at(i)).value());
    ASSERT_FALSE(shown.empty());
    const std::string sku = std::exchange(shown[0].sku, "");
    const WantedArticle wanted{.sku = "NEW", .attributes = shown[0].attributes};
    EXPECT_EQ(variation_of(shown, wanted), &shown[0]);
    shown[0].sku = sku;
    EXPECT_EQ(variation_of(shown, wanted), nullptr);  // another article
    EXPECT_EQ(variation_of(shown, {.sku = sku}), &shown[0]);
}

struct Measured {
    const char* weight_unit = "";
    const char* length_unit = "";
    const char* expected = "";
};
void PrintTo(const Measured& row, std::ostream* out) { *out << row.weight_unit << "_" << row.length_unit; }

class MeasuresIn : public ::testing::TestWithParam<Measured> {};

TEST_P(MeasuresIn, GoToKilogramsAndCentimetresAndBack) {
    const json::Document product = parsed(R"({"weight":"2","dimensions":{"length":"3","width":"","height":"1,5"}})");
    const Units units{.weight = GetParam().weight_unit, .length = GetParam().length_unit};
    const std::optional<events::v1::Measures> read = measures_of(product.root(), units);
    if (!read) {
        EXPECT_STREQ(GetParam().expected, "");
        return;
    }
    EXPECT_FALSE(read->has_width_cm() || read->has_height_cm());
    EXPECT_EQ(events::from_proto(read->weight_kg()).text() + " " + events::from_proto(read->length_cm()).text(),
              GetParam().expected);
    const ShopMeasures back = in_shop_units(*read, units);
    EXPECT_EQ(back.weight, Decimal::from_integer(2));
    EXPECT_EQ(back.length, Decimal::from_integer(3));
}

INSTANTIATE_TEST_SUITE_P(Woo, MeasuresIn,
                         ::testing::Values(Measured{"kg", "cm", "2 3"}, Measured{"g", "mm", "0.002 0.3"},
                                           Measured{"lbs", "in", "0.907184 7.62"},
                                           Measured{"oz", "yd", "0.0567 274.32"}, Measured{"kg", "m", "2 300"},
                                           Measured{"stone", "ell", ""}),
                         [](const auto& test) {
                             return std::string(test.param.weight_unit) + "_" + test.param.length_unit;
                         });

TEST(TermsTest, TakesTheCategoryThatTheShopNamesAsExisting) {
    TestShop test;
    test.transport.reply(200, "[]");
    test.transport.reply(200, "[" + answered("attribute-create-201.json") + "]");
    test.transport.reply(400, answered("category-create-duplicate-400.json"));
    EXPECT_EQ(test.shop->terms().category("", "Tools", true, {}).value(), "16");
    EXPECT_EQ(test.shop->terms().category("", " TOOLS", true, {}).value(), "16");  // kept
    EXPECT_EQ(test.shop->terms().attribute("color", {}).value(), "1");
    EXPECT_EQ(test.transport.requests().size(), 3U);
}

TEST(TermsTest, MakesACategoryUnderItsParentAndReadsTheListAgainLater) {
    TestShop test;
    test.transport.reply(200, "[]");
    test.transport.reply(200, "[]");
    test.transport.reply(201, answered("category-create-201.json"));
    EXPECT_EQ(test.shop->terms().category("5", "Tools", false, {}).value(), "");
    EXPECT_EQ(test.shop->terms().category("5", "Tools", true, {}).value(), "16");
    EXPECT_EQ(test.transport.last().body, R"({"name":"Tools","parent":5})");
    test.clock.advance(std::chrono::minutes(11));
    test.transport.reply(200, R"([{"id":20,"name":"Tools &amp; more","parent":0}])");
    test.transport.reply(200, "[]");
    EXPECT_EQ(test.shop->terms().category("", "tools & more", false, {}).value(), "20");
}

}  // namespace
}  // namespace shopwire::woocommerce
