#include <gmock/gmock.h>

#include <set>

#include "common/http/client.h"
#include "common/http/oauth1.h"
#include "common/testing/fake_clock.h"

namespace shopwire::http {
namespace {

TEST(BasicAuth, SignsWithUserAndPassword) {
    Request request;
    ASSERT_TRUE(basic_auth("Aladdin", Secret("open sesame"))(request));  // the example of RFC 7617
    EXPECT_EQ(request.headers, (Headers{{"Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}}));
}

TEST(HeaderAuth, AddsItsHeader) {
    Request request;
    ASSERT_TRUE(header_auth("X-Api-Key", Secret("k"))(request));
    EXPECT_EQ(request.headers, (Headers{{"X-Api-Key", "k"}}));
}

TEST(QueryAuth, AddsItsParameters) {
    Request request{.query = {{"page", "1"}}};
    ASSERT_TRUE(query_auth({{"key", Secret("k")}, {"secret", Secret("s")}})(request));
    EXPECT_EQ(request.query, (Parameters{{"page", "1"}, {"key", "k"}, {"secret", "s"}}));
}

// Computed by hand with Python's urllib and hmac.
TEST(OAuth1, BuildsTheBaseStringAndSignature) {
    const std::string base = oauth1_base_string("GET", "http://shop.example/wp/items",
                                                {{"oauth_consumer_key", "key1"},
                                                 {"oauth_nonce", "n1"},
                                                 {"oauth_signature_method", "HMAC-SHA256"},
                                                 {"oauth_timestamp", "1795305600"},
                                                 {"search", "a b&ü=~"},
                                                 {"page", "2"}});
    EXPECT_EQ(base,
              "GET&http%3A%2F%2Fshop.example%2Fwp%2Fitems&oauth_consumer_key%3Dkey1%26oauth_nonce%3Dn1%26"
              "oauth_signature_method%3DHMAC-SHA256%26oauth_timestamp%3D1795305600%26page%3D2%26search%3Da%2520b%2526%"
              "25C3%25BC%253D~");
    EXPECT_EQ(oauth1_signature(base, Secret("secret")), "+x8uMYHoUmNz9KpSjXt22Guol1j6vdvdDB0TQNFllwI=");
}

TEST(OAuth1, SignsTheQueryWithTimeAndNonce) {
    testing::FakeClock clock;
    Request request{.url = "http://shop.example/items", .query = {{"page", "2"}}};
    ASSERT_TRUE(oauth1_auth("key1", Secret("secret"), clock)(request));
    ASSERT_EQ(request.query.size(), 6U);
    EXPECT_EQ(request.query[4], std::pair(std::string("oauth_timestamp"), std::string("1795305600")));
    const Parameters signed_part(request.query.begin(), request.query.end() - 1);
    EXPECT_EQ(request.query[5].first, "oauth_signature");
    EXPECT_EQ(request.query[5].second,
              oauth1_signature(oauth1_base_string("GET", request.url, signed_part), Secret("secret")));
}

TEST(OAuth1, NeverUsesANonceTwice) {
    testing::FakeClock clock;
    const Signer sign = oauth1_auth("key1", Secret("secret"), clock);
    std::set<std::string> nonces;
    for (int i = 0; i < 1000; ++i) {
        Request request;
        ASSERT_TRUE(sign(request));
        EXPECT_EQ(request.query[1].first, "oauth_nonce");
        EXPECT_EQ(request.query[1].second.size(), 32U);
        nonces.insert(request.query[1].second);
    }
    EXPECT_EQ(nonces.size(), 1000U);
}

TEST(Url, GivesTheFirstValueOfAName) {
    EXPECT_EQ(query_value("a=1&connection=acme%2Ferp&connection=2", "connection"), "acme/erp");
    EXPECT_EQ(query_value("connection=acme/erp", "connection"), "acme/erp");
    EXPECT_EQ(query_value("c%6Fnnection=x=y", "connection"), "x=y");
    EXPECT_EQ(query_value("v=100%&w=%4&x=%zz", "v"), "100%");
    EXPECT_EQ(query_value("v=100%&w=%4&x=%zz", "w"), "%4");
    EXPECT_EQ(query_value("v=100%&w=%4&x=%zz", "x"), "%zz");
    EXPECT_EQ(query_value("connections=1&connection&&=", "connection"), "");
    EXPECT_EQ(query_value(query_string({{"a", "+ &=%č"}}), "a"), "+ &=%č");
    EXPECT_EQ(query_value("", "a"), "");
}

TEST(Url, EncodesAllButTheUnreserved) {
    EXPECT_EQ(percent_encode("azAZ09-._~"), "azAZ09-._~");
    EXPECT_EQ(percent_encode(" +&=/?%ä\n"), "%20%2B%26%3D%2F%3F%25%C3%A4%0A");
    EXPECT_EQ(query_string({}), "");
    EXPECT_EQ(query_string({{"a b", "1"}, {"c", ""}}), "a%20b=1&c=");
}

}  // namespace
}  // namespace shopwire::http
