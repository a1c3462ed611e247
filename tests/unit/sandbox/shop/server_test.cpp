// The whole program's parts over real sockets: TLS, keep-alive, faults, the control port.
#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/sandbox/kit/decimal.h"
#include "tests/sandbox/shop/json.h"
#include "tests/sandbox/shop/shop_server.h"

namespace sandbox::shop::testing {

namespace {

struct Reply {
    CURLcode result = CURLE_OK;
    long status = 0;
    std::string body;
};

std::size_t collect(char* data, std::size_t size, std::size_t count, void* into) {
    static_cast<std::string*>(into)->append(data, size * count);
    return size * count;
}

class Client {
 public:
    explicit Client(std::string ca = "") : ca_(std::move(ca)) {}
    ~Client() { curl_easy_cleanup(curl_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    Reply send(const std::string& method, const std::string& url, const std::string& body = "") {
        Reply reply;
        curl_easy_reset(curl_);
        curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
        curl_easy_setopt(curl_, CURLOPT_PROXY, "");
        curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, method.c_str());
        if (!body.empty()) curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, body.c_str());
        curl_easy_setopt(curl_, CURLOPT_USERPWD, "ck:cs");
        curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, collect);
        curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &reply.body);
        curl_easy_setopt(curl_, CURLOPT_TIMEOUT, 20L);
        const curl_blob blob{.data = ca_.data(), .len = ca_.size(), .flags = CURL_BLOB_COPY};
        if (!ca_.empty()) curl_easy_setopt(curl_, CURLOPT_CAINFO_BLOB, &blob);
        auto* headers = curl_slist_append(nullptr, "Content-Type: application/json");
        curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers);
        reply.result = curl_easy_perform(curl_);
        curl_slist_free_all(headers);
        curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &reply.status);
        curl_easy_getinfo(curl_, CURLINFO_NUM_CONNECTS, &new_connections);
        return reply;
    }

    long new_connections = 0;

 private:
    std::string ca_;
    CURL* curl_ = curl_easy_init();
};

std::unique_ptr<ShopServer> start_shop(const std::optional<kit::Certificate>& certificate = {}) {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does: a client that is gone ends nobody
    ShopOptions options;
    options.config.keys = {{.key = "ck", .secret = "cs"}};
    options.config.basic_over_http = true;
    options.https_port = certificate ? 0 : -1;
    options.certificate = certificate;
    auto server = ShopServer::start(options);
    return server ? std::move(*server) : nullptr;
}

struct Shop {
    std::unique_ptr<ShopServer> server = start_shop();
    Client client;
    std::string api = "http://127.0.0.1:" + std::to_string(server->http_port()) + "/wp-json/wc/v3";
    std::string control = "http://127.0.0.1:" + std::to_string(server->control_port()) + "/__sandbox";

    void fault(const std::string& rest) {
        client.send("DELETE", control + "/faults");
        const auto reply =
            client.send("POST", control + "/faults",
                        R"([{"match":{"method":"POST","path_regex":"/products$"},"times":1,"fault":)" + rest + "}]");
        ASSERT_EQ(reply.status, 200) << reply.body;
    }
    std::size_t products() { return Json::parse(client.send("GET", control + "/products").body).size(); }
};

}  // namespace

TEST(Server, SpeaksTlsWithACertificateThatTheClientCanTrust) {
    const auto certificate = kit::make_certificate("");
    ASSERT_TRUE(certificate);
    const auto server = start_shop(certificate);
    ASSERT_TRUE(server);
    Client client(certificate->certificate_pem);
    const auto url = "https://localhost:" + std::to_string(server->https_port()) + "/wp-json/wc/v3/products";
    EXPECT_EQ(client.send("GET", url).status, 200);
    EXPECT_EQ(client.send("GET", url).status, 200);
    EXPECT_EQ(client.new_connections, 0) << "the connection is kept";
}

TEST(Server, AppliesTheWriteAndLosesTheAnswerOnRequest) {
    Shop shop;
    shop.fault(R"({"kind":"apply_then_drop"})");
    EXPECT_EQ(shop.client.send("POST", shop.api + "/products", R"({"name":"a"})").result, CURLE_GOT_NOTHING);
    EXPECT_EQ(shop.products(), 1U);
}

TEST(Server, DropsTheRequestBeforeItIsAppliedOnRequest) {
    Shop shop;
    shop.fault(R"({"kind":"drop_before"})");
    EXPECT_EQ(shop.client.send("POST", shop.api + "/products", R"({"name":"a"})").result, CURLE_GOT_NOTHING);
    EXPECT_EQ(shop.products(), 0U);
}

TEST(Server, AppliesTheWriteAfterTheClientWasHungUpOnOnRequest) {
    Shop shop;
    shop.fault(R"({"kind":"late_apply","delay_ms":30})");
    EXPECT_EQ(shop.client.send("POST", shop.api + "/products", R"({"name":"a"})").result, CURLE_GOT_NOTHING);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (shop.products() == 0 && std::chrono::steady_clock::now() < end) {
    }
    EXPECT_EQ(shop.products(), 1U);
}

TEST(Server, AnswersWithTheStatusAndBodyOfAFault) {
    Shop shop;
    shop.fault(R"({"kind":"html","status":503,"retry_after":7})");
    const auto reply = shop.client.send("POST", shop.api + "/products", R"({"name":"a"})");
    EXPECT_EQ(reply.status, 503);
    EXPECT_THAT(reply.body, ::testing::StartsWith("<html>"));
    shop.fault(R"({"kind":"cut_body"})");
    EXPECT_EQ(shop.client.send("POST", shop.api + "/products", R"({"name":"a"})").result, CURLE_PARTIAL_FILE);
    shop.fault(R"({"kind":"slow_body","delay_ms":20})");
    EXPECT_EQ(shop.client.send("POST", shop.api + "/products", R"({"name":"a"})").status, 201);
}

TEST(Server, RefusesAFaultThatItDoesNotKnow) {
    Shop shop;
    EXPECT_EQ(shop.client.send("POST", shop.control + "/faults", R"({"fault":{"kind":"explode"}})").status, 400);
}

TEST(Control, SeedsChecksOutLogsAndResets) {
    Shop shop;
    shop.client.send("POST", shop.control + "/seed", R"({"products":[{"sku":"A","name":"A","price":"10","stock":1}]})");
    const auto cart = R"({"lines":[{"sku":"A","quantity":1}]})";
    EXPECT_EQ(shop.client.send("POST", shop.control + "/checkout", cart).status, 200);
    EXPECT_EQ(shop.client.send("POST", shop.control + "/checkout", cart).status, 409);
    EXPECT_THAT(shop.client.send("GET", shop.control + "/log").body, ::testing::HasSubstr("order:processing"));
    shop.client.send("GET", shop.api + "/orders?consumer_secret=hidden&consumer_key=x");
    EXPECT_THAT(shop.client.send("GET", shop.control + "/requests").body,
                ::testing::Not(::testing::HasSubstr("hidden")));
    shop.client.send("POST", shop.control + "/reset");
    EXPECT_EQ(shop.products(), 0U);
}

TEST(Control, EditsTheDatabaseBehindTheShopsBack) {
    Shop shop;
    shop.client.send("POST", shop.control + "/seed", R"({"products":[{"sku":"A","name":"A","price":"10","stock":1}]})");
    shop.client.send("POST", shop.control + "/clock", R"({"drift_seconds":100})");
    const auto before = Json::parse(shop.client.send("GET", shop.api + "/products?sku=A").body)[0];
    shop.client.send("POST", shop.control + "/silent-edit", R"({"sku":"A","stock":9})");
    const auto after = Json::parse(shop.client.send("GET", shop.api + "/products?sku=A").body)[0];
    EXPECT_EQ(after["stock_quantity"], 9);
    EXPECT_EQ(after["date_modified_gmt"], before["date_modified_gmt"]);
}

TEST(Decimals, RoundAsAShopDoes) {
    const auto of = [](const char* text) { return *kit::Decimal::parse(text); };
    EXPECT_EQ(of("3.825").rounded(2).fixed(2), "3.83");
    EXPECT_EQ(of("3.825").rounded(2, kit::Rounding::kHalfDown).fixed(2), "3.82");
    EXPECT_EQ(of("-0.005").fixed(2), "-0.01");
    EXPECT_EQ((of("24.80") / of("1.255")).fixed(6), "19.760956");
    EXPECT_EQ((of("0.1") + of("0.2")).text(), "0.3");
    EXPECT_FALSE(kit::Decimal::parse("1e5"));
    EXPECT_FALSE(kit::Decimal::parse(""));
}

}  // namespace sandbox::shop::testing
