// Every fault of contract sors 2.8: those of the JSON asked directly, those of the connection over a real socket.
#include "tests/sandbox/kit/http_server.h"
#include "tests/unit/sandbox/erp/erp_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace sandbox::erp {
namespace {

using AnswerFaultTest = ErpTest;

constexpr const char* kStock = "/api/stock?database=Shop2026&businessUnitId=1&pageSize=2&page=2";
constexpr const char* kLager = "/Shop2026/lager?pj=1&od=2&do=4";

TEST_F(AnswerFaultTest, FailureInsideHttp200AppliesNothing) {
    fault("failed_envelope");
    const Reply reply = post("reservation", "A", 1);
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.json["success"], false);
    EXPECT_TRUE(world.database("Shop2026")->documents().empty());
    EXPECT_EQ(post("reservation", "A", 1).status, 201) << "one time only";
    fault("failed_envelope");
    EXPECT_EQ(serbian("GET", kLager).json["status"], 0);
}

TEST_F(AnswerFaultTest, FailureCanCarryAChosenCode) {
    ASSERT_FALSE(faults.add(R"([{"match": {"channel": "answer", "method": "POST"}, "times": 1,)"
                            R"( "fault": {"kind": "failed_envelope", "body": "VALIDATION"}}])"));
    EXPECT_EQ(english("GET", kStock).status, 200);
    EXPECT_EQ(post("reservation", "A", 1).json["errors"][0]["code"], "VALIDATION");
}

TEST_F(AnswerFaultTest, FailureCanBeALie) {
    fault("applied_then_failed");
    EXPECT_EQ(post("reservation", "A", 1).json["success"], false);
    EXPECT_EQ(world.database("Shop2026")->documents().size(), 1U);
}

TEST_F(AnswerFaultTest, PageInTheMiddleIsEmptyOrNull) {
    fault("empty_page");
    const Json empty = english("GET", kStock).json;
    EXPECT_TRUE(empty["data"].is_array() && empty["data"].empty());
    EXPECT_EQ(empty["pagination"]["totalItems"], 5);
    fault("null_list");
    EXPECT_TRUE(english("GET", kStock).json["data"].is_null());
    fault("empty_page");
    EXPECT_EQ(serbian("GET", kLager).json["podaci"]["stavke"].size(), 0U);
    fault("null_list");
    EXPECT_TRUE(serbian("GET", kLager).json["podaci"]["stavke"].is_null());
}

TEST_F(AnswerFaultTest, PageRepeatsTheOneBefore) {
    fault("repeat_page");
    EXPECT_EQ(english("GET", kStock).json["data"][0]["code"], "A-100045");
    EXPECT_EQ(english("GET", kStock).json["data"][0]["code"], "K-200010");
    fault("repeat_page");
    EXPECT_EQ(serbian("GET", kLager).json["podaci"]["stavke"][0]["sifra"], "A-100045");
}

TEST_F(AnswerFaultTest, NumbersTakeTheOtherJsonType) {
    fault("number_as_string");
    const Json row = english("GET", "/api/stock?database=Shop2026&businessUnitId=1&code=A-100045").json["data"][0];
    EXPECT_EQ(row["price"], "1299.0");
    EXPECT_EQ(row["productId"], "1204");
    fault("number_as_string");
    const Json serbian_row = serbian("GET", "/Shop2026/lager?pj=1&sifra=A-100045").json["podaci"]["stavke"][0];
    EXPECT_EQ(serbian_row["mpCena"], 1299.0);
    EXPECT_EQ(serbian_row["sifra"], "A-100045");
}

TEST_F(AnswerFaultTest, UnknownFieldsAppearEverywhere) {
    fault("unknown_fields");
    const Json body = english("GET", kStock).json;
    EXPECT_TRUE(body.contains("xNovoPolje"));
    EXPECT_TRUE(body["data"][0].contains("xNovoPolje"));
}

TEST_F(AnswerFaultTest, ByteOrderMarkComesFirst) {
    fault("bom");
    EXPECT_TRUE(english("GET", kStock).text.starts_with("\xEF\xBB\xBF{"));
}

// One request on a connection of its own; everything that comes until the server closes.
std::string exchange(int port, const std::string& method, const std::string& target, const std::string& body) {
    const int socket_handle = ::socket(AF_INET, SOCK_STREAM, 0);
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_handle, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string received;
    if (::connect(socket_handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        const std::string request =
            method + " " + target + " HTTP/1.1\r\nHost: erp\r\nAuthorization: ApiKey demo-key\r\n" +
            "Connection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
        ::send(socket_handle, request.data(), request.size(), MSG_NOSIGNAL);
        std::array<char, 4096> piece{};
        for (ssize_t got = 0; (got = ::recv(socket_handle, piece.data(), piece.size(), 0)) > 0;) {
            received.append(piece.data(), static_cast<std::size_t>(got));
        }
    }
    ::close(socket_handle);
    return received;
}

class ConnectionFaultTest : public ErpTest {
 protected:
    void SetUp() override {
        auto started =
            kit::HttpServer::start({.certificate = {}, .faults = &faults},
                                   [this](const kit::Request& request) { return english_api.handle(request); });
        ASSERT_TRUE(started) << started.error();
        server = *std::move(started);
    }

    void once(const Json& fault_json) {
        const Json rule{{"times", 1}, {"fault", fault_json}};
        ASSERT_FALSE(faults.add(rule.dump()));
    }

    std::string get() { return exchange(server->http_port(), "GET", kStock, ""); }
    std::string create() {
        return exchange(server->http_port(), "POST", "/api/documents/reservation?database=Shop2026",
                        R"({"businessUnitId":1,"externalNumber":"A","date":"2026-11-21","customerId":881,)"
                        R"("items":[{"code":"A-100045","quantity":1}]})");
    }
    std::size_t documents() {
        const std::scoped_lock lock{world.mutex};
        return world.database("Shop2026")->documents().size();
    }

    std::unique_ptr<kit::HttpServer> server;
};

TEST_F(ConnectionFaultTest, WriteIsAppliedButTheAnswerIsLost) {
    once({{"kind", "apply_then_drop"}});
    EXPECT_EQ(create(), "");
    EXPECT_EQ(documents(), 1U);
    EXPECT_NE(create().find("DUPLICATE_EXTERNAL_NUMBER"), std::string::npos);
    EXPECT_EQ(documents(), 1U);
}

TEST_F(ConnectionFaultTest, WriteIsLostBeforeItIsApplied) {
    once({{"kind", "drop_before"}});
    EXPECT_EQ(create(), "");
    EXPECT_EQ(documents(), 0U);
}

TEST_F(ConnectionFaultTest, TooManyRequestsWithAndWithoutRetryAfter) {
    once({{"kind", "status"}, {"status", 429}, {"retry_after", 7}});
    once({{"kind", "status"}, {"status", 429}});
    EXPECT_NE(get().find("Retry-After: 7\r\n"), std::string::npos);
    const std::string without = get();
    EXPECT_TRUE(without.starts_with("HTTP/1.1 429 "));
    EXPECT_EQ(without.find("Retry-After"), std::string::npos);
    EXPECT_TRUE(get().starts_with("HTTP/1.1 200 "));
}

TEST_F(ConnectionFaultTest, ServerErrorAndHtmlPage) {
    once({{"kind", "status"}, {"status", 500}});
    once({{"kind", "html"}, {"status", 502}});
    EXPECT_TRUE(get().starts_with("HTTP/1.1 500 "));
    const std::string page = get();
    EXPECT_TRUE(page.starts_with("HTTP/1.1 502 "));
    EXPECT_NE(page.find("<html>"), std::string::npos);
}

TEST_F(ConnectionFaultTest, BodyIsCutOrSlow) {
    const std::string whole = get();
    once({{"kind", "cut_body"}});
    const std::string cut = get();
    EXPECT_TRUE(cut.starts_with("HTTP/1.1 200 "));
    EXPECT_LT(cut.size(), whole.size());
    once({{"kind", "slow_body"}, {"delay_ms", 50}});
    const std::string slow = get();
    EXPECT_EQ(slow.substr(slow.find("\r\n\r\n")), whole.substr(whole.find("\r\n\r\n")));
}

}  // namespace
}  // namespace sandbox::erp
