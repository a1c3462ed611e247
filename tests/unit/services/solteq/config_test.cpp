// Goal: a mistake in the settings is named with its place; addresses come from the environment unless they are set.
#include "services/solteq/config.h"

#include "tests/unit/services/solteq/rig.h"

namespace shopwire::solteq {
namespace {

std::string problems_of(const std::string& yaml) {
    config::Problems problems;
    (void)parse(yaml, problems);
    return problems_text(problems);
}

TEST(Settings, TakeTheAddressesOfTheirEnvironment) {
    setenv("SOLTEQ_TEST_SECRET", "s3cret", 1);
    const std::string head = "client_id: me\nclient_secret: ${env:SOLTEQ_TEST_SECRET}\nweb_store_id: s\n";
    config::Problems problems;
    const Parsed stage = parse(head + "environment: stage\n", problems);
    ASSERT_TRUE(stage.dialect) << problems_text(problems);
    EXPECT_EQ("https://api-stage.solteqpos.com", stage.settings.base_url);
    EXPECT_EQ("https://login-integration.smartretail.cloud/connect/token", stage.dialect->auth.token_url);
    EXPECT_EQ((std::vector<std::string>{"s"}), stage.settings.stores);
    const Parsed own = parse(head + "identity_url: https://id.example/\nclient_authentication: basic\n", problems);
    ASSERT_TRUE(own.dialect) << problems_text(problems);
    EXPECT_EQ("https://id.example/connect/token", own.dialect->auth.token_url);
    EXPECT_FALSE(own.dialect->auth.client_in_body);
    EXPECT_TRUE(stage.dialect->auth.client_in_body);
}

struct Mistake {
    const char* name;
    const char* line;
    const char* message;
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }
class WrongSetting : public ::testing::TestWithParam<Mistake> {};
TEST_P(WrongSetting, IsNamed) {
    const std::string problems = problems_of(settings_yaml("solteq-rest", GetParam().line));
    EXPECT_NE(std::string::npos, problems.find(GetParam().message)) << problems;
}
INSTANTIATE_TEST_SUITE_P(
    Of, WrongSetting,
    ::testing::Values(Mistake{"EndOfDay", "end_of_business_day: 4am", "expected a time like 04:00, got \"4am\""},
                      Mistake{"Zone", "time_zone: Europe/Nowhere", "time zone \"Europe/Nowhere\" is not known here"},
                      Mistake{"MessagesWithoutSecret", "message_auth: hmac\nbalance_scope: store",
                              "needs the key \"message_secrets\""},
                      Mistake{"MessagesOfASum", "message_auth: hmac\nmessage_secrets: ['${env:SOLTEQ_TEST_SECRET}']",
                              "a message of one store cannot be summed"},
                      Mistake{"MessagesOfStores",
                              "message_auth: hmac\nmessage_secrets: ['${env:SOLTEQ_TEST_SECRET}']\n"
                              "balance_scope: store\nstores: [store-1, store-2]",
                              "several stores with messages need balance_scope: stock"},
                      Mistake{"Precedence", "campaign_precedence: highest", "lowest_price"},
                      Mistake{"Typo", "campaign_precedense: lowest_price", "campaign_precedence"}),
    [](const auto& test) { return test.param.name; });

TEST(Settings, RefuseAnUnknownDialect) {
    EXPECT_NE(std::string::npos, problems_of(settings_yaml("solteq")).find("expected solteq-rest, solteq-alt or"));
}

TEST(Settings, SecretsMustBeReferences) {
    const std::string problems = problems_of("client_id: me\nclient_secret: plain\nweb_store_id: s\n");
    EXPECT_NE(std::string::npos, problems.find("client_secret")) << problems;
    EXPECT_EQ(std::string::npos, problems.find("plain"));
}

}  // namespace
}  // namespace shopwire::solteq
