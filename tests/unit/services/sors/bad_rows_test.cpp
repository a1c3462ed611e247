// Goal: a row of the stock list that is wrong is set aside alone, with its bytes and one line that says what, where and
// what was expected; a list that is cut says nothing at all.  Method: the stream as the runtime reads it.
#include "common/events/topics.h"
#include "common/runtime/stream_reader.h"
#include "common/testing/memory_producer.h"
#include "services/sors/connector.h"
#include "shopwire/internal/v1/state.pb.h"
#include "tests/unit/common/runtime/memory_state.h"
#include "tests/unit/services/sors/rig.h"

namespace shopwire::sors {
namespace {

// The two numbers of a row, as they stand on the wire.
std::string row_of(const std::string& dialect, const std::string& code, const std::string& on_hand,
                   const std::string& price) {
    return dialect == "sors-en"
               ? R"({"productId":12,"code":")" + code + R"(","businessUnitId":1,"onHand":)" + on_hand +
                     R"(,"reserved":0,"priceWithVat":)" + price + R"(,"modifiedAt":"2026-11-20T14:03:11"})"
               : R"({"idArtikla":"12","sifra":")" + code + R"(","pj":"1","stanje":)" + on_hand +
                     R"(,"rezervisano":"0","mpCena":)" + price + R"(,"izmenjeno":"20.11.2026 14:03:11"})";
}

std::string good_row(const std::string& dialect, const std::string& code) {
    return dialect == "sors-en" ? row_of(dialect, code, "5", "1024.9")
                                : row_of(dialect, code, R"("5,000")", R"("1.024,90")");
}

std::string page_of(const std::string& dialect, const std::vector<std::string>& rows) {
    std::string list;
    for (const std::string& row : rows) list += (list.empty() ? "" : ",") + row;
    const std::string total = std::to_string(rows.size());
    return dialect == "sors-en"
               ? R"({"success":true,"data":[)" + list + R"(],"pagination":{"page":1,"totalItems":)" + total + "}}"
               : R"({"status":1,"podaci":{"ukupno":)" + total + R"(,"stavke":[)" + list + "]}}";
}

// One connection's stock stream, with Kafka in memory.
struct Reading {
    explicit Reading(const std::string& dialect) : rig(dialect) {
        const auto streams = spec().streams;
        const auto stock = std::ranges::find(streams, kStock, &runtime::Stream::name);
        reader = std::make_unique<runtime::StreamReader>(runtime::StreamIdentity{.merchant = "acme",
                                                                                 .connection = "erp",
                                                                                 .system = "sors",
                                                                                 .stream = std::string(kStock),
                                                                                 .pass = stock->pass},
                                                         producer, state, rig.clock, metrics);
    }
    Result<bool> read(const std::string& body) {
        producer.clear();
        rig.transport.reply(200, body);
        return reader->step(*rig.source, {});
    }
    // "A 5 1024.9" of each article that was told, in their order; "deleted B".
    std::string told() const {
        std::string out;
        const auto add = [&out](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
        for (const kafka::Record& record : producer.records()) {
            const Result<events::Event> event = events::parse_event(record);
            if (!event) continue;
            if (event->has_stock())
                add(event->stock().sku() + " " + events::from_proto(event->stock().free()).text());
            else if (event->has_price())
                out += " " + events::from_proto(event->price().regular()).text();
            else if (event->has_deleted())
                add("deleted " + event->deleted().sku());
        }
        return out;
    }
    std::vector<internal::v1::DeadLetter> letters() const {
        std::vector<internal::v1::DeadLetter> out;
        for (const kafka::Record& record : producer.records(events::dead_letter_topic()))
            EXPECT_TRUE(out.emplace_back().ParseFromString(record.value.value_or("")));
        return out;
    }

    Rig rig;
    testing::MemoryProducer producer{};
    runtime::MemoryState state{};
    std::unique_ptr<metrics::Registry> registry = metrics::Registry::create();
    runtime::RuntimeMetrics metrics{*registry, "sors", {}};
    std::unique_ptr<runtime::StreamReader> reader{};
};

struct BadRow {
    const char* name;
    const char* dialect;
    const char* on_hand;
    const char* price;
    const char* error;
};
void PrintTo(const BadRow& row, std::ostream* out) { *out << row.name; }

class BadRowOf : public ::testing::TestWithParam<BadRow> {};
INSTANTIATE_TEST_SUITE_P(
    Table, BadRowOf,
    ::testing::Values(BadRow{"EnglishPriceWithComma", "sors-en", "5", R"("24,90")",
                             "reading a stock row: $.price_gross: expected decimal, got string"},
                      BadRow{"EnglishPriceWithWords", "sors-en", "5", R"("on request")",
                             "reading a stock row: $.price_gross: expected decimal, got string"},
                      BadRow{"EnglishQuantityOverTheBound", "sors-en", "10000000000", "24.9",
                             "reading a stock row: $.on_hand: expected number below 10000000000, got number"},
                      BadRow{"EnglishNoQuantity", "sors-en", "null", "24.9",
                             "reading a stock row: $.quantity: expected a quantity, got null"},
                      BadRow{"SerbianPriceWithPoint", "sors-sr", R"("5,000")", R"("24.90")",
                             "reading a stock row: $.price_gross: expected decimal, got string"},
                      BadRow{"SerbianPriceWithTwoCommas", "sors-sr", R"("5,000")", R"("24,9,0")",
                             "reading a stock row: $.price_gross: expected decimal, got string"},
                      BadRow{"SerbianQuantityOverTheBound", "sors-sr", R"("10.000.000.000,000")", R"("24,90")",
                             "reading a stock row: $.on_hand: expected number below 10000000000, got string"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_P(BadRowOf, IsSetAsideWithItsBytesAndTheOthersFlowOn) {
    const std::string dialect = GetParam().dialect;
    const std::string bad = row_of(dialect, "B", GetParam().on_hand, GetParam().price);
    Reading reading(dialect);
    ASSERT_TRUE(reading.read(page_of(dialect, {good_row(dialect, "B"), good_row(dialect, "C")})));
    EXPECT_EQ("B 5 1024.9, C 5 1024.9", reading.told());
    EXPECT_TRUE(reading.letters().empty());

    const Result<bool> more =
        reading.read(page_of(dialect, {good_row(dialect, "A"), bad, row_of(dialect, "C", "4", "7")}));
    ASSERT_TRUE(more) << more.error().message;
    EXPECT_EQ("A 5 1024.9, C 4 7", reading.told()) << "B stays what it was";
    const std::vector<internal::v1::DeadLetter> letters = reading.letters();
    ASSERT_EQ(1U, letters.size());
    EXPECT_EQ(GetParam().error, letters[0].error());
    EXPECT_EQ(bad, letters[0].value());
    EXPECT_EQ("rejected", letters[0].error_kind());
    EXPECT_EQ("read", letters[0].stage());
    EXPECT_EQ("acme/erp", letters[0].merchant() + "/" + letters[0].connection());

    ASSERT_TRUE(reading.read(
        page_of(dialect, {good_row(dialect, "A"), row_of(dialect, "B", "3", "8"), row_of(dialect, "C", "4", "7")})));
    EXPECT_EQ("B 3 8", reading.told());
}

class CutListOf : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Dialect, CutListOf, ::testing::Values("sors-en", "sors-sr"),
                         [](const auto& test) { return std::string(test.param) == "sors-en" ? "English" : "Serbian"; });

// Nobody knows what stood behind the cut, so no row of it counts, and none is gone.  It is only asked for again: the
// answer is no record of ours, and its bytes are no dead letter.
TEST_P(CutListOf, TellsNothingUntilItComesWhole) {
    const std::string dialect = GetParam();
    const std::string whole = page_of(dialect, {good_row(dialect, "A"), good_row(dialect, "B")});
    Reading reading(dialect);
    ASSERT_TRUE(reading.read(whole));
    EXPECT_EQ("A 5 1024.9, B 5 1024.9", reading.told());
    const std::string next = page_of(dialect, {row_of(dialect, "A", "1", "2"), row_of(dialect, "B", "3", "4")});
    for (const std::size_t size : {next.size() / 2, next.size() - 1}) {
        const Result<bool> more = reading.read(next.substr(0, size));
        ASSERT_FALSE(more);
        EXPECT_EQ(ErrorKind::kTransient, more.error().kind);
        EXPECT_EQ(
            "reading stream stock: reading stock of unit 1: list_stock: HTTP 200: parsing JSON: text ends too early, "
            "at byte " +
                std::to_string(size),
            more.error().message);
        EXPECT_TRUE(reading.producer.records().empty());
    }
    ASSERT_TRUE(reading.read(next));
    EXPECT_EQ("A 1 2, B 3 4", reading.told());
}

}  // namespace
}  // namespace shopwire::sors
