#include "common/http/server.h"

#include <gmock/gmock.h>

#include <semaphore>
#include <stdexcept>

#include "common/http/client.h"
#include "tests/unit/common/http/sockets.h"

namespace shopwire::http {
namespace {

using test::Connection;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

// civetweb's own refusals say HTTP/1.0.
auto is_refused() { return ::testing::AnyOf(StartsWith("HTTP/1.0 4"), StartsWith("HTTP/1.1 4")); }

const std::vector<Network> kNobody{};
constexpr double kOneAMinute = 1.0 / 60;  // so that one refusal is too many for as long as a test runs

class ServerTest : public ::testing::Test {
 protected:
    void start(ServerOptions options = {}) {
        auto server = Server::start(std::move(options), [this](const ServerRequest& request) {
            ++calls_;
            last_ = request;
            if (request.path == "/throw") throw std::runtime_error("a bug");
            if (request.path == "/refused") return ServerResponse{.status = 401};
            return ServerResponse{.content_type = "text/plain", .body = "got " + request.body};
        });
        ASSERT_TRUE(server) << server.error().message;
        server_ = *std::move(server);
    }
    // Sends `text` on a connection of its own and returns all that comes back until the server closes.
    std::string ask(std::string_view text, const char* from = "127.0.0.1") {
        Connection connection(Connection::connect_to(server_->port(), from));
        connection.write(text);
        return connection.read_all();
    }

    std::unique_ptr<Server> server_;
    std::atomic<int> calls_ = 0;
    ServerRequest last_;
};

TEST_F(ServerTest, GivesTheHandlerTheWholeRequest) {
    start();
    const std::string answer =
        ask("POST /a%20b/../c?x=1%202 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Key: v\r\nContent-Length: "
            "3\r\n\r\nabc");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n"));
    EXPECT_THAT(answer, ::testing::EndsWith("\r\n\r\ngot abc"));
    EXPECT_EQ(last_.method, "POST");
    EXPECT_EQ(last_.path, "/c");
    EXPECT_EQ(last_.query, "x=1%202");
    EXPECT_EQ(*find_header(last_.headers, "x-key"), "v");
    EXPECT_EQ(last_.remote, "127.0.0.1");
}

TEST_F(ServerTest, KeepsTheConnectionUntilTheClientSaysClose) {
    start();
    Connection connection(Connection::connect_to(server_->port()));
    for (const char* body : {"1", "2"}) {
        connection.write("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n" + std::string(body));
        EXPECT_THAT(connection.read_message(), ::testing::EndsWith("got " + std::string(body)));
    }
    connection.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(connection.read_all(), ::testing::EndsWith("got "));
}

TEST_F(ServerTest, AnswersAnOldClientThatWantsToStay) {
    start();
    Connection connection(Connection::connect_to(server_->port()));
    connection.write("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(connection.read_message(), HasSubstr("Connection: keep-alive"));
    connection.write("GET / HTTP/1.0\r\n\r\n");
    EXPECT_THAT(connection.read_all(), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, SendsNoBodyToHead) {
    start();
    const std::string answer = ask("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, HasSubstr("Content-Length: 4\r\n"));
    EXPECT_THAT(answer, ::testing::EndsWith("\r\n\r\n"));
}

TEST_F(ServerTest, ReadsAChunkedBody) {
    start();
    const std::string answer =
        ask("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: "
            "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    EXPECT_THAT(answer, ::testing::EndsWith("got abcde"));
}

TEST_F(ServerTest, TellsAClientThatAsksToGoOn) {
    start();
    Connection connection(Connection::connect_to(server_->port()));
    connection.write(
        "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(connection.read_message(), "HTTP/1.1 100 Continue\r\n\r\n");
    connection.write("ab");
    EXPECT_THAT(connection.read_all(), ::testing::EndsWith("got ab"));
}

TEST_F(ServerTest, RefusesABodyOverTheBoundBeforeReadingIt) {
    start({.body_bytes_max = 10});
    EXPECT_THAT(ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
    EXPECT_EQ(calls_, 0);
    EXPECT_THAT(ask("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 10\r\n\r\n0123456789"),
                ::testing::EndsWith("got 0123456789"));
}

TEST_F(ServerTest, RefusesChunksThatAddUpToMoreThanTheBound) {
    start({.body_bytes_max = 10});
    EXPECT_THAT(
        ask("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n"),
        StartsWith("HTTP/1.1 413 "));
    EXPECT_EQ(calls_, 0);
}

TEST_F(ServerTest, RefusesHeadersOverTheBound) {
    start();
    EXPECT_THAT(ask("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"), is_refused());
    EXPECT_EQ(calls_, 0);
}

struct Malformed {
    const char* name = "";
    const char* text = "";
};
void PrintTo(const Malformed& row, std::ostream* out) { *out << row.name; }

class MalformedRequest : public ServerTest, public ::testing::WithParamInterface<Malformed> {};

TEST_P(MalformedRequest, IsRefusedAndNotHandled) {
    start();
    const std::string answer = ask(GetParam().text);
    EXPECT_THAT(answer, is_refused());
    EXPECT_EQ(calls_, 0);
}

INSTANTIATE_TEST_SUITE_P(
    All, MalformedRequest,
    ::testing::Values(Malformed{"TwoLengths",
                                "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
                      Malformed{"NoRequest", "hello\r\n\r\n"},
                      Malformed{"NegativeLength", "POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n"},
                      Malformed{"BadChunk", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}),
    [](const auto& test) { return test.param.name; });

TEST_F(ServerTest, DoesNotHandleABodyThatEndsEarly) {
    start();
    {
        Connection(Connection::connect_to(server_->port())).write("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc");
    }
    EXPECT_THAT(ask("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(calls_, 1);
}

TEST_F(ServerTest, CutsAClientThatDoesNotFinishItsHeader) {
    start({.request_timeout = 100ms});
    const std::string answer = ask("GET / HTTP/1.1\r\nX: ");
    EXPECT_THAT(answer, ::testing::AnyOf("", is_refused()));
    EXPECT_EQ(calls_, 0);
}

TEST_F(ServerTest, CutsAClientThatDripsItsBody) {
    start({.request_timeout = 150ms});
    Connection connection(Connection::connect_to(server_->port()));
    connection.write("POST / HTTP/1.1\r\nContent-Length: 8000000\r\n\r\n");
    const auto begin = std::chrono::steady_clock::now();
    while (connection.write("x")) {
        ASSERT_LT(std::chrono::steady_clock::now() - begin, 10s);
        std::this_thread::yield();
    }
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 150ms);
    EXPECT_EQ(calls_, 0);
}

TEST_F(ServerTest, TellsAClientThatStopsInItsBodyThatItWasTooSlow) {
    start({.request_timeout = 100ms});
    EXPECT_THAT(ask("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc"), StartsWith("HTTP/1.1 40"));
    EXPECT_EQ(calls_, 0);
}

TEST_F(ServerTest, CutsAClientThatDripsItsHeader) {
    start({.request_timeout = 300ms});
    Connection slow(Connection::connect_to(server_->port()));
    slow.write("GET / HTTP/1.1\r\nX: ");
    const auto begin = std::chrono::steady_clock::now();
    while (!slow.ends_within(50ms)) {
        ASSERT_LT(std::chrono::steady_clock::now() - begin, 5s);
        slow.write("x");
    }
    EXPECT_EQ(calls_, 0);
}

TEST_F(ServerTest, RefusesASourceThatHadTooManyRefusedAndNoOther) {
    std::atomic<int> refused = 0;
    start({.refused_per_second = kOneAMinute, .proxies = kNobody, .on_refused = [&](Refusal what, int times) {
               if (what == Refusal::kTooMany) refused += times;
           }});
    EXPECT_THAT(ask("GET /refused HTTP/1.0\r\n\r\n"), HasSubstr(" 401 "));
    const int handled = calls_;
    const std::string answer = ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 429"));
    EXPECT_THAT(answer, HasSubstr("\r\nRetry-After: 5\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_EQ(calls_, handled);
    EXPECT_EQ(refused, 1);
    EXPECT_THAT(ask("GET / HTTP/1.0\r\n\r\n", "127.0.0.2"), HasSubstr(" 200 "));
}

TEST_F(ServerTest, NeverSlowsASourceWhoseRequestsItTakes) {
    start({.refused_per_second = kOneAMinute, .proxies = kNobody});
    for (int i = 0; i < 100; ++i) EXPECT_THAT(ask("GET / HTTP/1.0\r\n\r\n"), HasSubstr(" 200 "));
}

// It may be a proxy that nobody told us of, and then it would be all that stops.
TEST_F(ServerTest, RefusesNoInternalPeerWhereNobodySaidWhoTheProxiesAre) {
    start({.refused_per_second = kOneAMinute});
    for (int i = 0; i < 3; ++i)
        EXPECT_THAT(ask("GET /refused HTTP/1.0\r\nX-Forwarded-For: 8.8.4.4\r\n\r\n"), HasSubstr(" 401 "));
    EXPECT_EQ(last_.remote, "127.0.0.1");
}

TEST_F(ServerTest, BelievesTheNamesThatItsProxyGives) {
    start({.refused_per_second = kOneAMinute, .proxies = std::vector{Network::parse("127.0.0.1").value()}});
    const std::string bad = "GET /refused HTTP/1.0\r\nX-Forwarded-For: 198.51.100.9, 8.8.8.8\r\n\r\n";
    EXPECT_THAT(ask(bad), HasSubstr(" 401 "));
    EXPECT_THAT(ask(bad), HasSubstr(" 429 "));
    EXPECT_THAT(ask("GET / HTTP/1.0\r\nX-Forwarded-For: 8.8.4.4\r\n\r\n"), HasSubstr(" 200 "));
    EXPECT_EQ(last_.remote, "8.8.4.4");
    // A stranger names others in vain.
    ask("GET /refused HTTP/1.0\r\nX-Forwarded-For: 8.8.4.4\r\n\r\n", "127.0.0.2");
    EXPECT_THAT(ask("GET / HTTP/1.0\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n", "127.0.0.2"), HasSubstr(" 429 "));
    EXPECT_THAT(ask("GET / HTTP/1.0\r\nX-Forwarded-For: 8.8.4.4\r\n\r\n"), HasSubstr(" 200 "));
}

TEST_F(ServerTest, LeavesThreadsToOthersThanPeersThatAreSilentOnManyConnections) {
    std::counting_semaphore<> cut(0);
    start({.threads = 8, .request_timeout = 20s, .proxies = kNobody, .on_refused = [&](Refusal what, int times) {
               if (what == Refusal::kConnections) cut.release(times);
           }});
    std::vector<std::unique_ptr<Connection>> silent;
    for (int i = 0; i < 20; ++i) {
        for (const char* from : {"127.0.0.1", "127.0.0.3"}) {
            silent.push_back(std::make_unique<Connection>(Connection::connect_to(server_->port(), from)));
            silent.back()->write("POST / HTTP/1.1\r\nX: ");
        }
    }
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(ask("GET / HTTP/1.0\r\n\r\n", "127.0.0.2"), HasSubstr(" 200 "));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
    // While threads are scarce two of each stay, then up to half of the threads.
    for (int i = 0; i < 34; ++i) ASSERT_TRUE(cut.try_acquire_for(10s)) << i << " are cut";
}

TEST_F(ServerTest, TurnsAHandlersExceptionInto500) {
    start();
    EXPECT_THAT(ask("GET /throw HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 500 "));
}

TEST_F(ServerTest, RefusesAPortThatIsTaken) {
    start();
    const auto second = Server::start({.listen = "127.0.0.1:" + std::to_string(server_->port())},
                                      [](const ServerRequest&) { return ServerResponse{}; });
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::kTransient);
    EXPECT_THAT(second.error().message, HasSubstr("listening on 127.0.0.1:"));
}

TEST_F(ServerTest, StopsAtOnceAlthoughClientsStayConnected) {
    start();
    Connection idle(Connection::connect_to(server_->port()));
    idle.write("GET / HTTP/1.1\r\n\r\n");
    idle.read_message();
    Connection silent(Connection::connect_to(server_->port()));
    const auto begin = std::chrono::steady_clock::now();
    server_.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
}

TEST(ServerOptions, RefusesWhatMakesNoSense) {
    const auto kind_of = [](ServerOptions options) {
        auto server = Server::start(std::move(options), [](const ServerRequest&) { return ServerResponse{}; });
        return server ? "started" : server.error().message;
    };
    EXPECT_EQ(kind_of({.listen = "8080"}), "listen: expected host:port, got \"8080\"");
    EXPECT_EQ(kind_of({.listen = "127.0.0.1:99999"}), "listen: expected host:port, got \"127.0.0.1:99999\"");
    EXPECT_EQ(kind_of({.listen = "127.0.0.1:1x"}), "listen: expected host:port, got \"127.0.0.1:1x\"");
    EXPECT_EQ(kind_of({.threads = 0}), "threads: expected 1 to 1024, got 0");
    EXPECT_EQ(kind_of({.request_timeout = 0ms}), "request_timeout: expected more than 0");
}

}  // namespace
}  // namespace shopwire::http
