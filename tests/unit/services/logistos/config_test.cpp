// Goal: a mistake is one line with its place; what would leak a key or ship an unpaid order cannot be configured.
#include "services/logistos/config.h"

#include "tests/unit/services/logistos/rig.h"

namespace shopwire::logistos {
namespace {

TEST(Config, OfBothDialectsIsValid) {
    for (const char* dialect : {"logistos-flat", "logistos-batch"}) {
        config::Problems problems;
        const Parsed parsed = parse(settings_yaml(dialect), problems);
        EXPECT_EQ("", problems_text(problems));
        ASSERT_TRUE(parsed.dialect);
        EXPECT_EQ("https://shop.example.test", parsed.settings.store_url);
    }
}

struct Mistake {
    const char* name;
    const char* more;
    const char* expected;
    const char* dialect = "logistos-flat";
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }
class ConfigMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(ConfigMistake, IsNamed) {
    config::Problems problems;
    std::string yaml = "\n" + settings_yaml(GetParam().dialect, GetParam().more);
    // The mistake stands in for the good line.
    const std::string more = GetParam().more;
    const std::string key = "\n" + more.substr(0, more.find(':') + 1);
    const std::size_t good = yaml.find(key);
    if (good != yaml.rfind(key)) yaml.erase(good, yaml.find('\n', good + 1) - good);
    const Parsed parsed = parse(yaml, problems);
    EXPECT_FALSE(parsed.dialect);
    EXPECT_NE(std::string::npos, problems_text(problems).find(GetParam().expected)) << problems_text(problems);
}

INSTANTIATE_TEST_SUITE_P(
    Config, ConfigMistake,
    ::testing::Values(
        Mistake{"UnpaidStatus", "statuses: [processing, pending]", "orders in status pending are never sent"},
        Mistake{"DraftStatus", "statuses: [checkout-draft]", "orders in status checkout-draft are never sent"},
        Mistake{"PlainHttp", "base_url: http://admin.logistos.in", "expected an https address"},
        Mistake{"LooksLocal", "base_url: http://127.0.0.1.evil.test", "expected an https address"},
        Mistake{"SecretInFile", "consumer_secret: cs_1234", "consumer_secret"},
        Mistake{"NoAddress", "store_url: shop", "expected an address like https://shop.example.com"},
        Mistake{"UnknownKey", "status: [processing]", "status"},
        Mistake{"Unit", "default_measures: {weight: 2 stone}", "unit \"stone\" is not known"},
        Mistake{"NoPlaceForAwb", "tracking_url: https://track.example/", "with {awb} in it"},
        Mistake{"HeaderWithoutToken", "token_header: X-Token", "token_header needs the key \"api_token\""},
        Mistake{"PickupState", "store: {state: Bavaria}", "expected a state of India"},
        Mistake{"TooManyParcels", "under_way_max: 5001", "expected 1 to 5000"},
        Mistake{"NoToken", "api_token: ''", "api_token", "logistos-batch"},
        Mistake{"NoDialect", "dialect: logistos", "expected logistos-flat, logistos-batch or the path"}),
    [](const auto& test) { return test.param.name; });

TEST(Config, WithoutAKeyNeedsIntegrationOff) {
    const std::string bare = "store_url: https://shop.example.test\nbase_url: https://logistos.example\n";
    config::Problems problems;
    EXPECT_FALSE(parse(bare, problems).dialect);
    EXPECT_NE(std::string::npos, problems_text(problems).find("\"consumer_key\" and \"consumer_secret\""));
    problems.clear();
    EXPECT_TRUE(parse(bare + "integration: off\n", problems).dialect) << problems_text(problems);
}

TEST(Config, ALocalSimulatorMayBePlain) {
    config::Problems problems;
    const std::string yaml =
        "store_url: https://shop.example.test\nintegration: off\nbase_url: http://127.0.0.1:8085\n";
    EXPECT_TRUE(parse(yaml, problems).dialect) << problems_text(problems);
}

TEST(Store, IsKnownByItsHostInLowerCase) {
    EXPECT_EQ("https://shop.example.test", normalize_store("HTTPS://Shop.Example.test/"));
    EXPECT_EQ("https://shop.example.test/Sub", normalize_store("https://Shop.example.test/Sub//"));
    EXPECT_EQ("", normalize_store(""));
}

}  // namespace
}  // namespace shopwire::logistos
