// Goal: what usually goes wrong at a shop is named, and a shop that is well is not blamed.  Method: each fault is
// planted alone in a shop that speaks the wire for real, over TLS.
#include "services/woocommerce/examine.h"
#include "services/woocommerce/upkeep.h"
#include "tests/contract/woocommerce/simulator.h"

namespace shopwire::woocommerce {
namespace {

using Grade = runtime::Finding::Grade;

class ExaminedShop : public SandboxShop {
 protected:
    ExaminedShop() {
        seed(2);
        settings_.currency = "RSD";
        use();
    }
    void use() { connect("", settings_); }
    runtime::Examination examined(bool brief = false) {
        return examine(*shop,
                       {.merchant = "acme",
                        .connection = "shop",
                        .clock = system_clock(),
                        .transport = *transport,
                        .limiter = *limiter,
                        .metrics = *metrics},
                       {.brief = brief}, {});
    }
    // Everything that is not well: "permalinks: fault", one line each.
    std::string troubles() {
        std::string text;
        for (const runtime::Finding& finding : examined().findings)
            if (finding.grade != Grade::kOk)
                text += std::string(finding.check) + ": " + std::string(word_of(finding.grade)) + "\n";
        return text;
    }
    void set(const std::string& body) { simulator.control("settings", body); }

    Settings settings_{};
};

TEST_F(ExaminedShop, IsWell) {
    const runtime::Examination found = examined();
    EXPECT_EQ(troubles(), "");
    EXPECT_EQ(found.findings.size(), 12U);
    EXPECT_EQ(found.terms.currency, "RSD");
    EXPECT_EQ(found.terms.prices_include_tax, true);
    EXPECT_EQ(found.terms.payment_methods, (std::vector<std::string>{"cod", "bacs"}));
    EXPECT_EQ(found.terms.tax_rates, std::vector<std::string>{"20"});
    EXPECT_EQ(found.terms.statuses.size(), 8U);
    EXPECT_EQ(examined(true).findings.size(), 9U);  // without a walk over the articles
}

TEST_F(ExaminedShop, ChangesNothing) {
    const std::size_t before = writes();
    examined();
    // The empty batch that tries the right to write is the only one.
    EXPECT_EQ(writes(), before + 1);
}

TEST_F(ExaminedShop, HasPlainPermalinks) {
    set(R"({"pretty_permalinks":false})");
    EXPECT_EQ(troubles(), "permalinks: fault\n");
}

TEST_F(ExaminedShop, HasACertificateThatNobodyTrusts) {
    settings_.ca_file = "";
    shop = std::make_shared<Shop>(
        [&] {
            Settings settings = shop->settings();
            settings.ca_file = "";
            return settings;
        }(),
        runtime::ConnectionContext{.merchant = "acme",
                                   .connection = "shop",
                                   .clock = system_clock(),
                                   .transport = *transport,
                                   .limiter = *limiter,
                                   .metrics = *metrics});
    EXPECT_EQ(troubles(), "TLS: fault\n");
}

TEST_F(ExaminedShop, HasAHostThatStripsTheHeader) {
    set(R"({"strip_authorization":true})");
    EXPECT_EQ(troubles(), "Authorization header: fault\n");
    settings_.auth = "query";
    use();
    EXPECT_EQ(troubles(), "");
}

TEST_F(ExaminedShop, GaveAKeyWithHalfTheRights) {
    set(R"({"key_rights":"read"})");
    EXPECT_EQ(troubles(), "key rights: fault\n");
    set(R"({"key_rights":"write"})");
    EXPECT_EQ(troubles(), "key rights: fault\n");
}

TEST_F(ExaminedShop, ComputesNoTaxes) {
    set(R"({"tax_percent":"0"})");
    EXPECT_EQ(troubles(), "tax basis: warning\n");
}

TEST_F(ExaminedShop, SellsInAnotherCurrency) {
    set(R"({"currency":"EUR"})");
    EXPECT_EQ(troubles(), "currency: fault\n");
}

TEST_F(ExaminedShop, HasAZoneWithoutSummerTime) {
    set(R"({"timezone_string":""})");
    EXPECT_EQ(troubles(), "time zone: warning\n");
}

TEST_F(ExaminedShop, IsTooOld) {
    set(R"({"version":"5.7.1"})");
    EXPECT_EQ(troubles(), "version: fault\n");
    set(R"({"version":"9.3.9"})");
    EXPECT_EQ(troubles(), "version: warning\n");
}

TEST_F(ExaminedShop, HasArticlesThatNobodyCanMatch) {
    simulator.control("silent-edit", R"({"sku":"P-0","new_sku":""})");
    EXPECT_EQ(troubles(), "SKU missing: warning\n");
    simulator.control("seed", R"({"products":[{"sku":"D-1","name":"one"},{"sku":"D-2","name":"two"}]})");
    simulator.control("silent-edit", R"({"sku":"D-2","new_sku":"d-1"})");
    EXPECT_EQ(troubles(), "SKU missing: warning\nSKU doubled: fault\n");
    simulator.control("seed", R"({"products":[{"sku":"OLD","name":"old","status":"trash"}]})");
    EXPECT_EQ(troubles(), "SKU missing: warning\nSKU doubled: fault\nSKU in the trash: warning\n");
    set(R"({"global_variations_route":false})");  // as before 10.3
    EXPECT_EQ(troubles(), "SKU missing: warning\nSKU doubled: fault\nSKU in the trash: warning\n");
}

TEST_F(ExaminedShop, HasLostWebhooks) {
    connect("http://127.0.0.1:9/webhooks/acme/shop", settings_);
    EXPECT_EQ(troubles(), "webhooks: warning\n");
    Upkeep upkeep(shop);
    ASSERT_TRUE(upkeep.run({}));
    EXPECT_EQ(troubles(), "");
}

TEST(JudgeSkus, LeavesAVariationThatShowsItsProductsSkuAlone) {
    const std::vector<Listed> articles{{.id = "1", .type = "variable", .sku = "TS"},
                                       {.id = "2", .parent = "1", .type = "variation", .sku = "TS"},
                                       {.id = "3", .parent = "1", .type = "variation", .sku = "TS"},
                                       {.id = "4", .type = "grouped"}};
    const Findings found = judge_skus(articles, {"TS"});
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].grade, Grade::kWarning);
    EXPECT_TRUE(found[0].what.starts_with("2 articles have none")) << found[0].what;
    EXPECT_EQ(found[1].grade, Grade::kOk);
    EXPECT_EQ(found[2].grade, Grade::kOk);  // a product that is there has it
}

TEST(IsOlder, ComparesNumbersAndNotLetters) {
    EXPECT_TRUE(is_older("5.8", "5.10"));
    EXPECT_TRUE(is_older("9.4.3", "10"));
    EXPECT_FALSE(is_older("10.0.0", "10"));
    EXPECT_FALSE(is_older("11.0.1-beta.2", "9.4"));
    EXPECT_TRUE(is_older("", "1"));
}

}  // namespace
}  // namespace shopwire::woocommerce
