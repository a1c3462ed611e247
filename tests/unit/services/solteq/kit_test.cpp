// Goal: what `shopwire dialect` tells of Solteq is what its translators and dialects do.
#include "services/solteq/kit.h"

#include "services/solteq/translator.h"
#include "tests/unit/services/solteq/rig.h"
#include "tests/unit/services/vocabulary_check.h"

namespace shopwire::solteq {
namespace {

TEST(Kit, EveryExampleIsTakenByEachDialect) { expect_examples_render(kit()); }

TEST(Kit, RequiredIsWhatTheTranslatorsRefuseToDoWithout) {
    const dialect::Zone zone = dialect::Zone::locate("Europe/Helsinki").value();
    const auto words = [](const char* operation) { return vocabulary().operations.at(operation); };
    const auto status = [](const auto& result) { return result ? Status{} : std::unexpected(result.error()); };
    expect_required(
        words("list_balances"),
        R"({"sku":"A","store_id":"s","stock_id":"t","free":"3","reserved":"1","modified":"2026-11-21T10:00:00Z"})",
        [&](const std::string& record) { return status(read_balance(record, zone)); });
    expect_required(
        words("list_products"),
        R"({"id":"1","kind":"product","model_number":"m","code":"c","sku":"A","gtins":["1"],"name":"Cup",)"
        R"("category_ids":["g"],"supplier_id":"u","vat_rate":"25.5","price":"5","purchase_price":"2",)"
        R"("discounted_price":"4","currency":"EUR","unit":"pcs","active":true,"modified":"2026-11-21T10:00:00Z"})",
        [&](const std::string& record) { return status(read_article(record, zone)); });
    expect_required(words("list_categories"), R"({"id":"g","parent_id":"h"})",
                    [&](const std::string& record) { return status(read_category(record)); });
}

}  // namespace
}  // namespace shopwire::solteq
