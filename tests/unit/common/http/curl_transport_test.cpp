#include <gmock/gmock.h>
#include <zlib.h>

#include <future>

#include "common/http/client.h"
#include "common/http/server.h"
#include "tests/unit/common/http/sockets.h"

namespace shopwire::http {
namespace {

using test::answer;
using test::Connection;
using test::RawServer;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

Request get(std::string url) {
    return {.url = std::move(url), .idempotent = true, .timeout = 5s, .operation = "read_it"};
}
Request post(std::string url) {
    return {.method = "POST", .url = std::move(url), .body = "{}", .timeout = 5s, .operation = "write_it"};
}

std::string gzip(const std::string& text) {
    std::string out(text.size() + 1024, '\0');
    z_stream stream{};
    deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);  // 16: as gzip
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

class CurlTransport : public ::testing::Test {
 protected:
    static void SetUpTestSuite() {
        for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
            unsetenv(name);
    }
    Result<Response> send(const Request& request) { return transport_->send(request, {}); }
    ErrorKind kind_of(const Request& request) {
        const Result<Response> result = send(request);
        EXPECT_FALSE(result) << "status " << result->status;
        return result ? ErrorKind::kCancelled : result.error().kind;
    }
    std::unique_ptr<Transport> transport_ = curl_transport({});
};

TEST_F(CurlTransport, SendsMethodQueryHeadersAndBodyAndReturnsTheAnswer) {
    std::string seen;
    RawServer server({[&](Connection& c) {
        seen = c.read_message();
        c.write(answer(201, "made", "X-Total: 7\r\n"));
    }});
    Request request = post(server.url("/a/b"));
    request.query = {{"after", "2026-11-22T00:00:00+02:00"}, {"q", "ä b"}};
    request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
    const Result<Response> response = send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 201);
    EXPECT_EQ(response->body, "made");
    EXPECT_EQ(*find_header(response->headers, "x-total"), "7");
    EXPECT_THAT(seen,
                ::testing::StartsWith("POST /a/b?after=2026-11-22T00%3A00%3A00%2B02%3A00&q=%C3%A4%20b HTTP/1.1\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nContent-Type: application/json\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nX-Empty:\r\n"));
    EXPECT_THAT(seen, ::testing::Not(HasSubstr("Expect")));
    EXPECT_THAT(seen, ::testing::EndsWith("\r\n\r\n{}"));
}

TEST_F(CurlTransport, ForgetsTheHeadersOfAnInterimAnswer) {
    RawServer server({[](Connection& c) {
        c.read_message();
        c.write("HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\n" + answer(200, "x"));
    }});
    const Result<Response> response = send(get(server.url()));
    ASSERT_TRUE(response);
    EXPECT_EQ(find_header(response->headers, "X-Early"), nullptr);
}

TEST_F(CurlTransport, TakesARefusedConnectionForOneThatNeverLeft) {
    int port = 0;
    {
        port = RawServer({}).port();
    }
    const Result<Response> result = send(post("http://127.0.0.1:" + std::to_string(port) + "/"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::kTransient);
    EXPECT_THAT(result.error().message, HasSubstr("requesting write_it: "));
}

TEST_F(CurlTransport, TakesAHostThatDoesNotResolveForOneThatNeverLeft) {
    const std::string label(70, 'a');  // too long for a name, so that no server is asked
    EXPECT_EQ(kind_of(post("http://" + label + ".test/")), ErrorKind::kTransient);
}

TEST_F(CurlTransport, TakesAFailedTlsHandshakeForOneThatNeverLeft) {
    RawServer server({[](Connection& c) { c.write("HTTP/1.1 400 Not TLS\r\n\r\n"); }});
    EXPECT_EQ(kind_of(post("https://127.0.0.1:" + std::to_string(server.port()) + "/")), ErrorKind::kTransient);
}

TEST_F(CurlTransport, SendsNothingOfAWriteThatIsTooLateOnceItIsConnected) {
    std::string seen;
    {
        RawServer server({[&](Connection& c) { seen = c.read_message(); }});
        Request late = post(server.url());
        late.leave_before = system_clock().monotonic() - 1ms;
        EXPECT_EQ(kind_of(late), ErrorKind::kTransient);
    }
    EXPECT_EQ(seen, "");
}

struct Cut {
    const char* name = "";
    const char* sent = "";
};
void PrintTo(const Cut& cut, std::ostream* out) { *out << cut.name; }

class CutAnswer : public CurlTransport, public ::testing::WithParamInterface<Cut> {};

TEST_P(CutAnswer, IsAmbiguousForAWriteAndTransientForARead) {
    const auto talk = [](Connection& c) {
        c.read_message();
        c.write(GetParam().sent);
    };
    RawServer server({talk, talk});
    EXPECT_EQ(kind_of(post(server.url())), ErrorKind::kAmbiguous);
    EXPECT_EQ(kind_of(get(server.url())), ErrorKind::kTransient);
}

INSTANTIATE_TEST_SUITE_P(
    All, CutAnswer,
    ::testing::Values(Cut{"BeforeTheFirstByte", ""}, Cut{"InTheHeader", "HTTP/1.1 200 OK\r\nContent-Le"},
                      Cut{"InTheBody", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1,2"},
                      Cut{"InAChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n[1,2"},
                      Cut{"BeforeTheLastChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n"},
                      Cut{"NotHttp", "SSH-2.0-OpenSSH\r\n\r\n"},
                      Cut{"NotGzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"}),
    [](const auto& test) { return test.param.name; });

TEST_F(CurlTransport, TimesOutAsAmbiguousForAWriteAndTransientForARead) {
    const auto silent = [](Connection& c) { c.read_all(); };
    RawServer server({silent, silent});
    Request write = post(server.url());
    Request read = get(server.url());
    write.timeout = read.timeout = 60ms;
    EXPECT_EQ(kind_of(write), ErrorKind::kAmbiguous);
    EXPECT_EQ(kind_of(read), ErrorKind::kTransient);
}

TEST_F(CurlTransport, TimesOutBeforeSendingAsTransient) {
    RawServer server({[](Connection& c) { c.read_all(); }});  // never answers the TLS hello
    Request write = post("https://127.0.0.1:" + std::to_string(server.port()) + "/");
    write.timeout = 60ms;
    EXPECT_EQ(kind_of(write), ErrorKind::kTransient);
}

TEST_F(CurlTransport, RefusesABodyOverTheBoundAndTakesOneAtIt) {
    transport_ = curl_transport({.body_bytes_max = 1000});
    RawServer server({[](Connection& c) {
        c.read_message();
        c.write(answer(200, std::string(1000, 'x')));
        c.read_message();
        c.write(answer(200, std::string(1001, 'x')));
    }});
    EXPECT_EQ(send(get(server.url()))->body.size(), 1000U);
    const Result<Response> over = send(get(server.url()));
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(over.error().message, "requesting read_it: the answer is over 1000 bytes");
}

TEST_F(CurlTransport, RefusesHeadersWithoutEnd) {
    RawServer server({[](Connection& c) {
        c.read_message();
        c.write("HTTP/1.1 200 OK\r\n");
        while (c.write("X-Filler: " + std::string(1000, 'x') + "\r\n")) {
        }
    }});
    EXPECT_EQ(kind_of(get(server.url())), ErrorKind::kRejected);
}

TEST_F(CurlTransport, UnpacksGzipAndCountsTheUnpackedBytes) {
    transport_ = curl_transport({.body_bytes_max = 100'000});
    RawServer server({[](Connection& c) {
        c.read_message();
        c.write(answer(200, gzip(std::string(90'000, 'x')), "Content-Encoding: gzip\r\n"));
        c.read_message();
        c.write(answer(200, gzip(std::string(8'000'000, 'x')), "Content-Encoding: gzip\r\n"));
    }});
    EXPECT_EQ(send(get(server.url()))->body.size(), 90'000U);
    EXPECT_EQ(kind_of(get(server.url())), ErrorKind::kRejected);
}

TEST_F(CurlTransport, LeavesAtOnceWhenStopIsRequested) {
    std::promise<void> arrived;
    RawServer server({[&](Connection& c) {
        c.read_message();
        arrived.set_value();
        c.read_all();
    }});
    std::stop_source stop;
    auto result =
        std::async(std::launch::async, [&] { return transport_->send(post(server.url()), stop.get_token()); });
    arrived.get_future().wait();
    const auto begin = std::chrono::steady_clock::now();
    stop.request_stop();
    EXPECT_EQ(result.get().error().kind, ErrorKind::kCancelled);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 500ms);
    EXPECT_EQ(transport_->send(post(server.url()), stop.get_token()).error().kind, ErrorKind::kCancelled);
}

TEST_F(CurlTransport, KeepsTheConnectionForTheNextRequest) {
    RawServer server({[](Connection& c) {
        for (int i = 0; i < 3; ++i) {
            c.read_message();
            c.write(answer(200, std::to_string(i)));
        }
    }});
    for (const char* expected : {"0", "1", "2"}) EXPECT_EQ(send(post(server.url()))->body, expected);
    EXPECT_EQ(server.accepted(), 1);
}

TEST_F(CurlTransport, DoesNotSendAWriteTwiceWhenAKeptConnectionDies) {
    RawServer server({[](Connection& c) {
                          c.read_message();
                          c.write(answer(200, "first"));
                          c.read_message();  // took it, and dies without an answer
                      },
                      [](Connection& c) {
                          c.read_message();
                          c.write(answer(200, "a second time"));
                      }});
    ASSERT_EQ(send(post(server.url()))->body, "first");
    EXPECT_EQ(kind_of(post(server.url())), ErrorKind::kAmbiguous);
}

TEST_F(CurlTransport, SendsAReadAgainWhenAKeptConnectionDies) {
    RawServer server({[](Connection& c) {
                          c.read_message();
                          c.write(answer(200, "first"));
                          c.read_message();
                      },
                      [](Connection& c) {
                          c.read_message();
                          c.write(answer(200, "a second time"));
                      }});
    ASSERT_EQ(send(get(server.url()))->body, "first");
    EXPECT_EQ(send(get(server.url()))->body, "a second time");
}

TEST_F(CurlTransport, DoesNotFollowRedirects) {
    RawServer server({[](Connection& c) {
        c.read_message();
        c.write(answer(301, "", "Location: http://127.0.0.1:1/\r\n"));
    }});
    EXPECT_EQ(send(post(server.url()))->status, 301);
}

class Inside : public CurlTransport, public ::testing::WithParamInterface<const char*> {
 protected:
    // This machine, written as GetParam() writes it.
    std::string url() const { return "http://" + std::string(GetParam()) + ":" + std::to_string(server_.port()) + "/"; }
    static Request from_data(std::string url) {
        Request request = get(std::move(url));
        request.from_data = true;
        return request;
    }
    const RawServer::Talk talk_ = [](Connection& c) {
        c.read_message();
        c.write(answer(200, "inside"));
    };
    RawServer server_{{talk_, talk_}};
};

TEST_P(Inside, IsNotReachedByWhatDataName) {
    const Result<Response> refused = send(from_data(url()));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kRejected);
    EXPECT_THAT(refused.error().message, HasSubstr("read_it: the host has an address that is not one of the internet"));
    EXPECT_EQ(server_.accepted(), 0);
}

TEST_P(Inside, IsReachedByWhatTheSettingsName) { EXPECT_EQ(send(get(url()))->body, "inside"); }

TEST_P(Inside, IsNotReachedAtAllWhereThatIsRefused) {
    transport_ = curl_transport({.internal = Reach::kRefused});
    EXPECT_EQ(kind_of(get(url())), ErrorKind::kTransient);  // of the settings: nothing is given up for it
    EXPECT_EQ(server_.accepted(), 0);
}

TEST_P(Inside, IsReachedByAllWhereThatIsAllowed) {
    transport_ = curl_transport({.internal = Reach::kAllowed});
    EXPECT_EQ(send(from_data(url()))->body, "inside");
}

// Digits, a name that resolves to them, and how parsers of addresses are fooled.
INSTANTIATE_TEST_SUITE_P(, Inside, ::testing::Values("127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1"),
                         [](const auto& test) { return "Host" + std::to_string(test.index); });

TEST_F(CurlTransport, LooksAtAKeptConnectionForWhatDataName) {
    RawServer server({[](Connection& c) {
        for (int i = 0; i < 2; ++i) {
            c.read_message();
            c.write(answer(200, "kept"));
        }
    }});
    EXPECT_EQ(send(get(server.url()))->body, "kept");
    Request request = get(server.url());
    request.from_data = true;
    EXPECT_EQ(kind_of(request), ErrorKind::kRejected);
    EXPECT_EQ(send(get(server.url()))->body, "kept");
    EXPECT_EQ(server.accepted(), 1);
}

// Where a cloud tells its machines their keys, and what stands for any address of this machine.
TEST_F(CurlTransport, ReachesNoAddressThatNoSystemIsAt) {
    transport_ = curl_transport({.internal = Reach::kAllowed});
    for (const char* host : {"169.254.169.254", "[::ffff:169.254.169.254]", "0.0.0.0", "[fe80::1]", "224.0.0.1"}) {
        const Result<Response> refused = send(get("http://" + std::string(host) + ":9/"));
        ASSERT_FALSE(refused) << host;
        EXPECT_THAT(refused.error().message, HasSubstr("internal_addresses")) << host;
    }
}

TEST_F(CurlTransport, ServesManyThreads) {
    auto server =
        Server::start({.threads = 8}, [](const ServerRequest& r) { return ServerResponse{.body = r.method + r.body}; });
    ASSERT_TRUE(server);
    const std::string url = "http://127.0.0.1:" + std::to_string((*server)->port()) + "/";
    transport_ = curl_transport({.connections_idle_max = 3});
    std::atomic<int> good = 0;
    {
        std::vector<std::jthread> threads;
        threads.reserve(8);
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&, i] {
                for (int n = 0; n < 20; ++n) {
                    Request request = post(url);
                    request.body = std::to_string(i * 1000 + n);
                    const Result<Response> response = send(request);
                    if (response && response->body == "POST" + request.body) ++good;
                }
            });
        }
    }
    EXPECT_EQ(good, 160);
    transport_.reset();  // closes the kept connections, for which the server would wait
}

struct Bad {
    const char* name = "";
    Request request{};
};
void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }

class BadRequest : public CurlTransport, public ::testing::WithParamInterface<Bad> {};

TEST_P(BadRequest, IsRejectedAndNotSent) { EXPECT_EQ(kind_of(GetParam().request), ErrorKind::kRejected); }

INSTANTIATE_TEST_SUITE_P(
    All, BadRequest,
    ::testing::Values(Bad{"EmptyUrl", {}}, Bad{"File", {.url = "file:///etc/passwd"}},
                      Bad{"Space", {.url = "http://127.0.0.1/a b"}}, Bad{"Query", {.url = "http://127.0.0.1/?a=b"}},
                      Bad{"NoHost", {.url = "http://"}}, Bad{"LineBreakInUrl", {.url = "http://127.0.0.1/\r\nX: y"}},
                      Bad{"LineBreakInHeader", {.url = "http://127.0.0.1/", .headers = {{"A", "b\r\nC: d"}}}},
                      Bad{"NamelessHeader", {.url = "http://127.0.0.1/", .headers = {{"", "b"}}}},
                      Bad{"Method", {.method = "GET /x", .url = "http://127.0.0.1/"}}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace shopwire::http
