// Data files that say what a routing makes of events; and the JSON that they and the jq programs see.
#include "services/router/test_mappings.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "services/router/message_json.h"
#include "shopwire/commands/v1/command.pb.h"
#include "shopwire/events/v1/event.pb.h"

namespace shopwire::router {
namespace {

constexpr const char* kExample = "deploy/examples/mappings/solteq-example.yaml";

class MappingsTest : public ::testing::Test {
 protected:
    void SetUp() override {
        setenv("IDENTITY_KEY", "0123456789abcdef", 1);
        std::filesystem::create_directories(folder_ / "merchants");
        write("merchants/acme.yaml", R"(
merchant: acme
connections:
  shop: {system: alpha, settings: {}}
  erp: {system: beta, settings: {}}
routing:
  prices: [{from: erp, to: shop}]
)");
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
    int run(const std::string& cases) {
        write("cases.yaml", "config: .\nmerchant: acme\ncases:\n" + cases);
        std::ostringstream out;
        const std::vector<std::string> files{(folder_ / "cases.yaml").string()};
        const int code = test_mappings(files, out);
        text_ = out.str();
        return code;
    }

    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("shopwire_mappings_" + std::to_string(getpid()));
    std::string text_{};
};

constexpr const char* kPrice = R"(
  - name: a price
    given: [{event: {source: {connection: erp}, price: {sku: A-1, currency: EUR, regular: "12.50"}}}]
)";

TEST_F(MappingsTest, TheExampleHolds) {
    std::ostringstream out;
    const std::vector<std::string> files{kExample};
    EXPECT_EQ(test_mappings(files, out), 0) << out.str();
}

TEST_F(MappingsTest, ACaseThatHolds) {
    EXPECT_EQ(run(std::string(kPrice) + "    expect: [{key: a-1, set_price: {regular: \"12.5\", sale: null}}]\n"), 0);
    EXPECT_TRUE(text_.starts_with("ok   ")) << text_;
}

TEST_F(MappingsTest, ADifferenceIsNamedAndEndsWithOne) {
    EXPECT_EQ(run(std::string(kPrice) + "    expect: [{key: a-1, set_price: {regular: \"13\"}}]\n"), 1);
    EXPECT_NE(text_.find("expect[0]: set_price.regular: expected \"13\", got \"12.5\""), std::string::npos) << text_;
}

TEST_F(MappingsTest, OneCommandTooManyOrTooFewIsADifference) {
    EXPECT_EQ(run(std::string(kPrice) + "    expect: []\n"), 1);
    EXPECT_NE(text_.find("expected no more, got {"), std::string::npos) << text_;
    EXPECT_EQ(run(std::string(kPrice) + "    expect: [{key: a-1}, {key: a-1}]\n"), 1);
    EXPECT_NE(text_.find("expect[1]: expected a command, got none"), std::string::npos) << text_;
}

TEST_F(MappingsTest, AMistakeInTheFileHasItsLine) {
    EXPECT_EQ(
        run("  - name: x\n    given: [{event: {source: {connection: erp}, price: {skuu: A-1}}}]\n    expect: []\n"), 2);
    EXPECT_NE(text_.find("cases.yaml:5: "), std::string::npos) << text_;
    EXPECT_NE(text_.find("expected a field of Price"), std::string::npos) << text_;
}

TEST_F(MappingsTest, AnEventThatIsSetAsideFailsItsCase) {
    EXPECT_EQ(
        run("  - name: x\n    given: [{event: {source: {connection: erp}, price: {currency: EUR}}}]\n    expect: []\n"),
        1);
    EXPECT_NE(text_.find("$.price.sku"), std::string::npos) << text_;
}

TEST(MessageJson, ComesBackAsItWas) {
    commands::v1::Command command;
    command.set_sequence(18'000'000'000'000'000'000U);
    command.set_cause_observed_at_ms(-5);
    events::v1::Product& product = *command.mutable_upsert_product()->mutable_product();
    product.set_name("Cup \"fine\" \n ö");
    product.set_active(true);
    product.mutable_vat_rate()->set_micros(25'500'000);
    product.add_images()->set_position(3);
    product.add_attributes()->add_options("M");
    const std::string text = to_json(command);
    EXPECT_NE(text.find(R"("vat_rate":"25.5")"), std::string::npos) << text;
    const Result<json::Document> document = json::Document::parse(text);
    ASSERT_TRUE(document);
    commands::v1::Command back;
    ASSERT_TRUE(from_json(document->root(), back));
    EXPECT_EQ(back.SerializeAsString(), command.SerializeAsString());
}

TEST(MessageJson, NamesWhatIsWrong) {
    for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
             {R"({"product":{"active":"yes"}})", "$.product.active: expected a boolean"},
             {R"({"product":{"vat_rate":"1e3"}})", "$.product.vat_rate: expected a decimal"},
             {R"({"product":{"images":{}}})", "$.product.images: expected a list"},
             {R"({"source":{"origin":"ORIGIN_MOON"}})", "$.source.origin: expected a name of Origin"},
             {R"({"source":{"observed_at_ms":1.5}})", "$.source.observed_at_ms: expected a whole number"},
             {R"({"product":{"colour":"red"}})", "$.product: expected nothing but fields of Product"},
             {R"([])", "$: expected an object"}}) {
        const Result<json::Document> document = json::Document::parse(text);
        ASSERT_TRUE(document);
        events::v1::Event event;
        const Status read = from_json(document->root(), event);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().message, expected);
    }
}

}  // namespace
}  // namespace shopwire::router
