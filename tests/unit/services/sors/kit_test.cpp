// Goal: what `shopwire dialect` tells of SORS is what its translators, its dialects and the simulator do.
#include "services/sors/kit.h"

#include <fstream>
#include <sstream>

#include "services/sors/translator.h"
#include "tests/unit/services/sors/sandbox_rig.h"
#include "tests/unit/services/vocabulary_check.h"

namespace shopwire::sors {
namespace {

TEST(Kit, EveryExampleIsTakenByEachDialect) { expect_examples_render(kit()); }

TEST(Kit, TheReadmeSaysWhatIsLost) {
    std::ifstream file("services/sors/README.md");
    std::stringstream readme;
    readme << file.rdbuf();
    for (const auto& [name, words] : vocabulary().operations)
        EXPECT_TRUE(readme.str().contains("| `" + name + "` | " + words.lost + " |")) << name;
}

TEST(Kit, RequiredIsWhatTheTranslatorsRefuseToDoWithout) {
    config::Problems problems;
    const Parsed parsed = parse(settings_yaml("sors-en"), problems);
    ASSERT_TRUE(parsed.dialect) << problems_text(problems);
    const dialect::Zone& zone = parsed.dialect->zone.value();
    const auto words = [](const char* operation) { return vocabulary().operations.at(operation); };
    const auto status = [](const auto& result) { return result ? Status{} : std::unexpected(result.error()); };
    bool unknown = false;
    expect_required(
        words("list_stock"),
        R"({"id":"1","code":"A","free":"3","on_hand":"4","quantity":"3","reserved":"1","price_gross":"5","price_net":"4",)"
        R"("price":"5","modified":"2026-11-21T10:00:00"})",
        [&](const std::string& record) { return status(stock_row(record, parsed.settings, zone)); });
    expect_required(
        words("list_products"),
        R"({"id":"1","code":"A","name":"Cup","kind":"goods","unit":"kom","gtin":"1","description":"d","active":true,)"
        R"("vat_rate":"20","vat_label":"E","groups":[],"modified":"2026-11-21T10:00:00"})",
        [&](const std::string& record) {
            return status(product_event(record, {}, parsed.settings, zone, {}, unknown));
        });
    expect_required(
        words("list_customers"),
        R"({"id":"1","name":"Ana B","code":"K-1","kind":"3","pib":"","email":"a@b.rs","phone":"1","active":true,)"
        R"("payment_days":0,"external_id":"x","modified":"2026-11-21T10:00:00","address":"a","city":"c",)"
        R"("postal_code":"1","country":"RS"})",
        [&](const std::string& record) { return status(customer_event(record, "D", zone, {}, unknown)); });
}

class ProbeOf : public SandboxOf {};
INSTANTIATE_TEST_SUITE_P(Dialect, ProbeOf, ::testing::Values("sors-en", "sors-sr"), dialect_name);

// The simulator was written apart from the dialects, so each field that is found stands in both.
TEST_P(ProbeOf, FindsWhatTheConnectorNeedsAndWritesNothing) {
    const Result<runtime::Applied> made = apply(export_command());
    ASSERT_TRUE(made) << made.error().message;
    const std::string id = made->result.native_id().substr(made->result.native_id().find('/') + 1);
    const std::vector<std::string> before = documents();

    const std::filesystem::path folder = own_dialect_.string() + "-config";
    std::filesystem::create_directories(folder / "merchants");
    std::ofstream(folder / "merchants" / "acme.yaml")
        << "merchant: acme\nconnections:\n  erp:\n    system: sors\n    settings:\n      dialect: " << GetParam()
        << "\n      base_url: " << sandbox_.api
        << "\n      api_key: ${env:SORS_TEST_KEY}\n      database: Shop2026\n      unit: 1\n";
    dialect_tools::ProbeOptions options{
        .config_folder = folder.string(),
        .connection = "acme/erp",
        .inputs = {{"get_document", R"({"document_type":"reservation","id":")" + id + "\"}"},
                   {"find_document", R"({"document_type":"reservation","external_number":"WC-10231"})"},
                   {"find_customers", R"({"email":"petar@example.com"})"}}};
    std::ostringstream out;
    EXPECT_EQ(dialect_tools::kGood, dialect_tools::probe(kit(), options, out)) << out.str();
    std::filesystem::remove_all(folder);
    const std::string text = out.str();
    EXPECT_FALSE(text.contains("not used by the connector")) << text;
    for (const char* operation : {"list_databases", "list_business_units", "list_products", "list_product_groups",
                                  "list_stock", "list_customers", "find_customers", "find_document", "get_document"})
        EXPECT_TRUE(text.contains(std::string(operation) + ": ") &&
                    !text.contains(std::string(operation) + ": not called") &&
                    !text.contains(std::string(operation) + ": 0 records"))
            << operation << "\n"
            << text;
    for (const char* operation : {"create_customer", "create_document", "cancel_document"})
        EXPECT_TRUE(text.contains(std::string(operation) + ": not called: it writes\n")) << text;
    EXPECT_EQ(before, documents());
}

}  // namespace
}  // namespace shopwire::sors
