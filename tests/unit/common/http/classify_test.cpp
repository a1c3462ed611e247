#include <gmock/gmock.h>

#include "common/http/retry_after.h"
#include "common/http/transport.h"

namespace shopwire::http {
namespace {

using namespace std::chrono_literals;

struct Row {
    int status = 0;
    std::optional<ErrorKind> read{};
    std::optional<ErrorKind> write{};
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.status; }

std::optional<ErrorKind> kind_of(const Status& status) {
    if (status) return std::nullopt;
    return status.error().kind;
}

class Classify : public ::testing::TestWithParam<Row> {};

TEST_P(Classify, SaysWhatToDoNext) {
    const Response response{.status = GetParam().status, .body = "a customer's name"};
    const Request read{.idempotent = true, .operation = "list_stock"};
    const Request write{.operation = "add_order"};
    EXPECT_EQ(kind_of(classify(read, response)), GetParam().read);
    EXPECT_EQ(kind_of(classify(write, response)), GetParam().write);
    if (const Status status = classify(read, response); !status) {
        EXPECT_EQ(status.error().message, "list_stock: HTTP " + std::to_string(GetParam().status));
    }
}

INSTANTIATE_TEST_SUITE_P(All, Classify,
                         ::testing::Values(Row{200, {}, {}}, Row{201, {}, {}}, Row{204, {}, {}}, Row{299, {}, {}},
                                           Row{301, ErrorKind::kRejected, ErrorKind::kRejected},
                                           Row{304, ErrorKind::kRejected, ErrorKind::kRejected},
                                           Row{400, ErrorKind::kRejected, ErrorKind::kRejected},
                                           Row{401, ErrorKind::kAuth, ErrorKind::kAuth},
                                           Row{403, ErrorKind::kAuth, ErrorKind::kAuth},
                                           Row{404, ErrorKind::kRejected, ErrorKind::kRejected},
                                           Row{408, ErrorKind::kTransient, ErrorKind::kTransient},
                                           Row{425, ErrorKind::kTransient, ErrorKind::kTransient},
                                           Row{429, ErrorKind::kRateLimited, ErrorKind::kRateLimited},
                                           Row{500, ErrorKind::kTransient, ErrorKind::kAmbiguous},
                                           Row{503, ErrorKind::kTransient, ErrorKind::kAmbiguous},
                                           Row{599, ErrorKind::kTransient, ErrorKind::kAmbiguous}),
                         [](const auto& test) { return std::to_string(test.param.status); });

TEST(Classify, PassesRetryAfterOn) {
    const Status status = classify({}, {.status = 429, .headers = {{"retry-after", "12"}}});
    EXPECT_EQ(status.error().retry_after, 12s);
}

TEST(RetryAfter, ReadsSecondsAndDates) {
    const auto of = [](std::string value, std::string date = "Sun, 22 Nov 2026 00:00:00 GMT") {
        return retry_after({{"Retry-After", std::move(value)}, {"Date", std::move(date)}});
    };
    EXPECT_EQ(of("0"), 0s);
    EXPECT_EQ(of("120"), 120s);
    EXPECT_EQ(of("Sun, 22 Nov 2026 00:01:30 GMT"), 90s);
    EXPECT_EQ(of("Sat, 21 Nov 2026 23:59:00 GMT"), 0s);          // in the past
    EXPECT_EQ(of("Mon, 23 Nov 2026 00:00:00 GMT"), kRetryAfterMax);
    EXPECT_EQ(of("999999999"), kRetryAfterMax);
    for (const char* bad :
         {"", "-1", "1.5", "soon", "99999999999", "Sun, 22 Now 2026 00:01:30 GMT", "Sun, 22 Nov 2026 25:01:30 GMT"})
        EXPECT_EQ(of(bad), std::nullopt) << bad;
    EXPECT_EQ(retry_after({}), std::nullopt);
    EXPECT_EQ(of("Sun, 22 Nov 2099 00:00:00 GMT", "nonsense"), kRetryAfterMax);  // then by our own clock
}

TEST(FindHeader, IgnoresCase) {
    const Headers headers = {{"X-A", "1"}, {"x-a", "2"}, {"X-AB", "3"}};
    EXPECT_EQ(*find_header(headers, "x-A"), "1");
    EXPECT_EQ(*find_header(headers, "x-ab"), "3");
    EXPECT_EQ(find_header(headers, "X"), nullptr);
}

}  // namespace
}  // namespace shopwire::http
