// Goal: no secret and no person is in what a mask lets through, and everything else stays as it stood.
#include "common/exchanges/mask.h"

#include <gtest/gtest.h>

namespace shopwire::exchanges {
namespace {

const MaskWords kWords{.secret = {"access"}, .personal = {"adresa", "naziv?"}, .people = {"kupac"}};

struct Case {
    const char* name;
    const char* text;
    const char* stars;
    const char* shape;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class MaskedBody : public ::testing::TestWithParam<Case> {};

TEST_P(MaskedBody, HidesWhatItMustAndNothingElse) {
    EXPECT_EQ(GetParam().stars, Mask(kWords, Mask::Personal::kStars).body(GetParam().text));
    EXPECT_EQ(GetParam().shape, Mask(kWords, Mask::Personal::kShape).body(GetParam().text));
}

INSTANTIATE_TEST_SUITE_P(
    Body, MaskedBody,
    ::testing::Values(
        Case{"NumbersStayAsTheyStood", R"({"total":1299.00,"id":5,"ok":true,"none":null})",
             R"({"total":1299.00,"id":5,"ok":true,"none":null})", R"({"total":1299.00,"id":5,"ok":true,"none":null})"},
        Case{"Contacts", R"({"Email":"ana@x.rs","phone_number":"+381 64 1"})",
             R"({"Email":"***","phone_number":"***"})", R"({"Email":"xxx@x.xx","phone_number":"+000 00 0"})"},
        Case{"NumberOfAPerson", R"({"phone":381641112223})", R"({"phone":0})", R"({"phone":0})"},
        Case{"NameOfAPerson", R"({"name":"Ana","email":""})", R"({"name":"***","email":""})",
             R"({"name":"xxx","email":""})"},
        Case{"NameOfAnArticle", R"({"name":"Cup","sku":"A"})", R"({"name":"Cup","sku":"A"})",
             R"({"name":"Cup","sku":"A"})"},
        Case{"NameBelowAPerson", R"({"customer":{"name":"Ana","id":7}})", R"({"customer":{"name":"***","id":7}})",
             R"({"customer":{"name":"xxx","id":7}})"},
        Case{"NameBelowAPersonInTheSystemsWords", R"({"kupac":{"name":"Ana"}})", R"({"kupac":{"name":"***"}})",
             R"({"kupac":{"name":"xxx"}})"},
        Case{"TheSystemsOwnWord", R"({"adresa":"Ulica 5"})", R"({"adresa":"***"})", R"({"adresa":"xxxxx 0"})"},
        Case{"TheSystemsOwnWordForName", R"([{"naziv":"Cup"},{"naziv":"Ana","adresa":"x"}])",
             R"([{"naziv":"Cup"},{"naziv":"***","adresa":"***"}])",
             R"([{"naziv":"Cup"},{"naziv":"xxx","adresa":"x"}])"},
        Case{"LettersBeyondAscii", R"({"city":"Niš"})", R"({"city":"***"})", R"({"city":"xxx"})"},
        Case{"AllBelowAPersonalMember", R"({"address":{"a":["x1"],"b":{"c":"y"}}})",
             R"({"address":{"a":["***"],"b":{"c":"***"}}})", R"({"address":{"a":["x0"],"b":{"c":"x"}}})"},
        Case{"SecretsHaveNoShape", R"({"consumer_secret":"cs_1","access":"abc","token":"t"})",
             R"({"consumer_secret":"***","access":"***","token":"***"})",
             R"({"consumer_secret":"***","access":"***","token":"***"})"},
        Case{"SecretsInAList", R"({"passwords":["p1",{"new":"p2"},7,""]})",
             R"({"passwords":["***",{"new":"***"},0,""]})", R"({"passwords":["***",{"new":"***"},0,""]})"},
        Case{"SecretsInAnObject", R"({"login":{"token":{"value":"t","days":30,"id":null}},"jwt":{"of":"t"}})",
             R"({"login":{"token":{"value":"***","days":0,"id":null}},"jwt":{"of":"***"}})",
             R"({"login":{"token":{"value":"***","days":0,"id":null}},"jwt":{"of":"***"}})"},
        Case{"SecretsInAListOfAForm", "token[]=t1&login%5Btoken%5D=t2&login[token][value]=t3&page[size]=5",
             "token[]=***&login%5Btoken%5D=***&login[token][value]=***&page[size]=5",
             "token[]=***&login%5Btoken%5D=***&login[token][value]=***&page[size]=5"},
        Case{"TheTokenOfAPageIsNone", R"({"continuationToken":"abc"})", R"({"continuationToken":"abc"})",
             R"({"continuationToken":"abc"})"},
        Case{"ContactsInAFreeText", R"({"message":"refused for ana@x.rs"})", R"({"message":"refused for ***"})",
             R"({"message":"refused for ***"})"},
        Case{"Form", "grant_type=client_credentials&client_secret=s3&email=a%40b.c",
             "grant_type=client_credentials&client_secret=***&email=***",
             "grant_type=client_credentials&client_secret=***&email=x%00x.x"},
        Case{"Page", "<html>ana@x.rs</html>", "<21 bytes>", "<21 bytes>"},
        Case{"HalfJson", R"({"email":"ana)", "<13 bytes that are no whole JSON>", "<13 bytes that are no whole JSON>"},
        Case{"Nothing", "", "", ""}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(MaskedRequest, HidesKeysWhereverTheyStand) {
    const http::Request request{.method = "GET",
                                .url = "https://erp.example/customers/ana%40x.rs",
                                .query = {{"api_key", "k3y"}, {"email", "ana@x.rs"}, {"page", "2"}},
                                .headers = {{"Authorization", "Bearer abc"}, {"X-Api-Key", "k3y"}, {"Accept", "text"}}};
    const http::Request masked = Mask({}, Mask::Personal::kStars).request(request);
    EXPECT_EQ("https://erp.example/customers/***", masked.url);
    EXPECT_EQ((decltype(masked.query){{"api_key", "***"}, {"email", "***"}, {"page", "2"}}), masked.query);
    EXPECT_EQ((http::Headers{{"Authorization", "Bearer ***"}, {"X-Api-Key", "***"}, {"Accept", "text"}}),
              masked.headers);
}

TEST(MaskedRequest, ShowsPeopleButNoKeyWhenItMay) {
    const http::Request request{.url = "https://erp.example/c/ana%40x.rs",
                                .headers = {{"Authorization", "k3y"}},
                                .body = R"({"email":"ana@x.rs","password":"p"})"};
    const http::Request masked = Mask({}, Mask::Personal::kShown).request(request);
    EXPECT_EQ(request.url, masked.url);
    EXPECT_EQ("***", masked.headers.front().second);
    EXPECT_EQ(R"({"email":"ana@x.rs","password":"***"})", masked.body);
}

TEST(MaskedResponse, HidesWhatALoginAnswered) {
    const http::Response masked = Mask({}, Mask::Personal::kShape)
                                      .response({.status = 200,
                                                 .headers = {{"Set-Cookie", "session=1"}, {"Content-Type", "text"}},
                                                 .body = R"({"access_token":"abc"})"});
    EXPECT_EQ((http::Headers{{"Set-Cookie", "***"}, {"Content-Type", "text"}}), masked.headers);
    EXPECT_EQ(R"({"access_token":"***"})", masked.body);
}

}  // namespace
}  // namespace shopwire::exchanges
