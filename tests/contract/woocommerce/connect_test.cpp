// Goal: `shopwire connect` gets a key from a shop's own page that opens that shop, and none when anything goes wrong.
// Method: the simulated shop as a process, a merchant who presses Approve, and a proxy with TLS before our plain port.
#include <optional>
#include <sstream>

#include "services/cli/connect_command.h"
#include "services/cli/files.h"
#include "tests/contract/woocommerce/simulator.h"
#include "tests/sandbox/kit/http_server.h"

namespace shopwire::woocommerce {
namespace {

std::string folder_of_its_own() {
    std::string pattern = (fs::temp_directory_path() / "shopwire-connect-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    return pattern;
}

// What an operator has before --listen: https outside, plain inside, the path as it is.
class Proxy {
 public:
    explicit Proxy(const fs::path& certificate_file) {
        const auto certificate = sandbox::kit::make_certificate("");
        std::ofstream(certificate_file) << certificate.value().certificate_pem;
        server_ = sandbox::kit::HttpServer::start(
                      {.http_port = -1, .https_port = 0, .certificate = certificate},
                      [this](const sandbox::kit::Request& request) {
                          const auto answer =
                              transport_->send({.method = request.method,
                                                .url = "http://127.0.0.1:" + std::to_string(target) + request.path,
                                                .headers = {{"Content-Type", *request.header("Content-Type")}},
                                                .body = request.body},
                                               {});
                          return sandbox::kit::json_response(answer ? answer->status : 502, answer ? answer->body : "");
                      })
                      .value();
    }
    std::string url() const { return "https://127.0.0.1:" + std::to_string(server_->https_port()) + "/hooks"; }

    std::atomic<int> target{0};

 private:
    std::unique_ptr<http::Transport> transport_ = http::curl_transport({});
    std::unique_ptr<sandbox::kit::HttpServer> server_{};
};

class ConnectShop : public ::testing::Test {
 public:
    ~ConnectShop() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }

 protected:
    ConnectShop() : shop_({"--webhook-ca-file", (folder_ / "proxy.pem").string()}) {}

    http::Response get(const std::string& url) {
        const std::size_t mark = url.find('?');
        http::Request request{.url = url.substr(0, mark)};
        if (mark != std::string::npos) request.query = sandbox::kit::parse_query(url.substr(mark + 1));
        return browser_->send(request, {}).value();
    }
    // The page that the shop shows, and what it says after Approve.
    http::Response approve(const std::string& link) {
        const http::Response page = get(link);
        EXPECT_EQ(page.status, 200) << page.body;
        EXPECT_TRUE(page.body.contains("Shopwire would like to connect")) << page.body;
        const std::string mark = "<a href=\"";
        const std::size_t at = page.body.find(mark) + mark.size();
        return get(page.body.substr(at, page.body.find('"', at) - at));
    }
    Status connect(const cli::Listening& merchant, const std::string& wait = "20s") {
        return cli::connect({.shop = shop_.url(),
                             .merchant = "example",
                             .connection = "shop",
                             .callback = proxy_.url(),
                             .listen = "127.0.0.1:0",
                             .secrets = (folder_ / "secrets").string(),
                             .wait = wait},
                            out_, merchant);
    }
    std::string secret(const char* name) const { return cli::text_of_file(folder_ / "secrets" / name).value_or(""); }
    int status_of(const http::Signer& sign, http::Request request) {
        request.url = shop_.url() + "/wp-json/wc/v3/products";
        EXPECT_TRUE(sign(request));
        return browser_->send(request, {}).value().status;
    }

    const fs::path folder_ = folder_of_its_own();
    Proxy proxy_{folder_ / "proxy.pem"};
    Simulator shop_;
    std::unique_ptr<http::Transport> browser_ = http::curl_transport({.ca_file = shop_.certificate()});
    std::ostringstream out_{};
};

TEST_F(ConnectShop, GetsAKeyThatReadsAndWrites) {
    std::string page;
    const Status done = connect([&](const std::string& link, int port) {
        page = link;
        proxy_.target = port;
        const http::Response after = approve(link);
        EXPECT_EQ(after.status, 302) << after.body;
        EXPECT_TRUE(http::find_header(after.headers, "Location")->starts_with(shop_.url() + "?success=1&user_id="));
    });
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_EQ(secret("example-shop.key").size(), 43U);
    const http::Signer sign = http::basic_auth(secret("example-shop.key"), Secret(secret("example-shop.secret")));
    EXPECT_EQ(status_of(sign, {}), 200);
    EXPECT_EQ(status_of(sign, {.method = "POST",
                               .headers = {{"Content-Type", "application/json"}},
                               .body = R"({"name":"Made with the new key"})"}),
              201);
    EXPECT_TRUE(out_.str().contains("base_url: \"" + shop_.url() + "\"")) << out_.str();
    EXPECT_FALSE(out_.str().contains(secret("example-shop.secret")));
}

// The shop takes the key back when the answer is not 200, and tells the merchant.
TEST_F(ConnectShop, GetsNoneWhenNobodyTakesIt) {
    http::Response after;
    const Status done = connect([&](const std::string& link, int) { after = approve(link); }, "1s");
    ASSERT_FALSE(done);
    EXPECT_TRUE(done.error().message.starts_with("no key came")) << done.error().message;
    EXPECT_EQ(after.status, 401);
    EXPECT_TRUE(after.body.contains("unable to send the consumer data")) << after.body;
    EXPECT_TRUE(fs::is_empty(folder_ / "secrets"));
}

TEST_F(ConnectShop, AsksForWhatTheShopWants) {
    const std::string page = shop_.url() + "/wc-auth/v1/authorize?app_name=A&user_id=1&return_url=https%3A%2F%2Fx";
    for (const auto& [more, why] : {std::pair{"&callback_url=https%3A%2F%2Fx", "Missing parameter scope"},
                                    std::pair{"&callback_url=https%3A%2F%2Fx&scope=all", "Invalid scope all"},
                                    std::pair{"&callback_url=http%3A%2F%2Fx&scope=read", "needs to be over SSL"}}) {
        const http::Response answer = get(page + more);
        EXPECT_EQ(answer.status, 401);
        EXPECT_TRUE(answer.body.contains(why)) << answer.body;
    }
    EXPECT_EQ(get(shop_.url() + "/wc-auth/v1/access_granted?wc_auth_nonce=guess").status, 401);
}

}  // namespace
}  // namespace shopwire::woocommerce
