// Goal: a pass is whole or fails; both dialects give the same events.
#include "services/sors/source.h"

#include "tests/unit/services/sors/rig.h"

namespace shopwire::sors {
namespace {

std::string stock_page(const std::string& dialect, const std::vector<std::string>& codes, int total,
                       const std::string& quantity = "24") {
    const bool en = dialect == "sors-en";
    std::string rows;
    for (const std::string& code : codes) {
        if (!rows.empty()) rows += ",";
        rows +=
            en ? R"({"productId":1204,"code":")" + code + R"(","businessUnitId":1,"onHand":)" + quantity +
                     R"(.0,"reserved":3.0,"free":21.0,"quantity":21.0,"priceWithoutVat":1082.5,"priceWithVat":1299.0,"price":1299.0,"modifiedAt":"2026-11-20T14:03:11"})"
               : R"({"idArtikla":"1204","sifra":")" + code + R"(","pj":"1","stanje":")" + quantity +
                     R"(,000","rezervisano":"3,000","slobodno":"21,000","kolicina":"21,000","vpCena":"1.082,50","mpCena":"1.299,00","cena":"1.299,00","izmenjeno":"20.11.2026 14:03:11"})";
    }
    return en ? R"({"success":true,"data":[)" + rows + R"(],"pagination":{"page":1,"pageSize":500,"totalItems":)" +
                    std::to_string(total) + "}}"
              : R"({"status":1,"poruka":"","podaci":{"ukupno":)" + std::to_string(total) + R"(,"stavke":[)" + rows +
                    "]}}";
}

class SourceOf : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Dialect, SourceOf, ::testing::Values("sors-en", "sors-sr"),
                         [](const auto& test) { return std::string(test.param) == "sors-en" ? "English" : "Serbian"; });

TEST_P(SourceOf, GivesStockAndPriceOfARow) {
    Rig rig(GetParam());
    rig.transport.reply(200, stock_page(GetParam(), {" A-100045 "}, 1));
    const Result<runtime::Page> page = rig.source->read("stock", {}, {});
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_FALSE(page->more);
    ASSERT_EQ(2U, page->changes.size());
    const events::Event& event = *page->changes[0].event;
    EXPECT_EQ("A-100045", event.stock().sku());
    EXPECT_EQ("1204", event.stock().native_id());
    EXPECT_EQ(dec("24"), events::from_proto(event.stock().on_hand()));
    EXPECT_EQ(dec("3"), events::from_proto(event.stock().reserved()));
    EXPECT_EQ(dec("21"), events::from_proto(event.stock().free()));
    EXPECT_EQ("1", event.source().location());
    EXPECT_EQ(1795179791000 - 1000 * 0, event.source().modified_at_ms());
    EXPECT_EQ(rig.clock.now_ms(), event.source().read_started_at_ms());
    EXPECT_TRUE(events::check(event)) << events::check(event).error().message;
    const events::Event& price = *page->changes[1].event;
    EXPECT_EQ(dec("1299"), events::from_proto(price.price().regular()));
    EXPECT_TRUE(price.price().includes_tax());
    EXPECT_EQ("RSD", price.price().currency());
    EXPECT_TRUE(events::check(price)) << events::check(price).error().message;
}

TEST_P(SourceOf, ReadsAllPagesOfAllUnits) {
    Rig rig(GetParam(), "units: [1, 2]\npage_size: 2");
    rig.transport.reply(200, stock_page(GetParam(), {"A", "B"}, 3));
    rig.transport.reply(200, stock_page(GetParam(), {"C"}, 3));
    rig.transport.reply(200, stock_page(GetParam(), {"A"}, 1));
    runtime::Cursor cursor;
    std::string seen;
    std::string priced;
    std::int64_t rows = 0;
    std::optional<std::int64_t> left;
    for (bool more = true; more;) {
        const Result<runtime::Page> page = rig.source->read("stock", cursor, {});
        ASSERT_TRUE(page) << page.error().message;
        rows += page->rows.value_or(0);
        left = page->left;
        for (const runtime::Change& change : page->changes)
            if (change.event->has_stock())
                seen += change.event->source().location() + change.event->stock().sku() + " ";
            else
                priced += change.event->source().location() + change.event->price().sku() + " ";
        cursor = page->next;
        more = page->more;
    }
    EXPECT_EQ("1A 1B 1C 2A ", seen);
    EXPECT_EQ("1A 1B 1C ", priced);  // prices are those of the document's unit
    EXPECT_EQ("", cursor.text);
    EXPECT_EQ(4, rows);
    EXPECT_EQ(0, left.value_or(0)) << "of the last unit";
}

TEST_P(SourceOf, SumsUnits) {
    Rig rig(GetParam(), "scope: sum_of_units\nunits: [1, 2]");
    rig.transport.reply(200, stock_page(GetParam(), {"A"}, 1));
    rig.transport.reply(200, stock_page(GetParam(), {"a", "B"}, 2, "10"));
    const Result<runtime::Page> first = rig.source->read("stock", {}, {});
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_TRUE(first->more && first->changes.empty()) << "how far it is, and no sum that is not whole";
    EXPECT_EQ(1, first->rows.value_or(0));
    EXPECT_FALSE(first->left) << "nobody knows what the other unit has";
    const Result<runtime::Page> page = rig.source->read("stock", first->next, {});
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_FALSE(page->more);
    EXPECT_EQ(2, page->rows.value_or(0));
    ASSERT_EQ(3U, page->changes.size());  // B has no price in the document's unit
    EXPECT_EQ(dec("34"), events::from_proto(page->changes[0].event->stock().on_hand()));
    EXPECT_EQ(dec("42"), events::from_proto(page->changes[0].event->stock().free()));
    EXPECT_EQ("1", page->changes[0].event->source().location());
    EXPECT_EQ("B", page->changes[2].event->stock().sku());
}

TEST_P(SourceOf, FailsThePassWhenAPageFails) {
    Rig rig(GetParam(), "page_size: 2");
    rig.transport.reply(200, stock_page(GetParam(), {"A", "B"}, 5));
    const Result<runtime::Page> first = rig.source->read("stock", {}, {});
    ASSERT_TRUE(first && first->more);
    rig.transport.reply(200, stock_page(GetParam(), {}, 5));
    const Result<runtime::Page> second = rig.source->read("stock", first->next, {});
    ASSERT_FALSE(second);
    EXPECT_EQ(ErrorKind::kTransient, second.error().kind);
    EXPECT_EQ("reading stock of unit 1: list_stock: page 2: empty, after 2 of 5 rows", second.error().message);
}

TEST_P(SourceOf, SetsARowAsideThatCannotBeRead) {
    Rig rig(GetParam());
    std::string body = stock_page(GetParam(), {"A", ""}, 2);
    rig.transport.reply(200, body);
    const Result<runtime::Page> page = rig.source->read("stock", {}, {});
    ASSERT_TRUE(page);
    ASSERT_EQ(3U, page->changes.size());
    EXPECT_FALSE(page->changes[2].event);
    EXPECT_FALSE(page->changes[2].raw.empty());
    EXPECT_EQ("", page->changes[2].failed_key);
}

TEST(Source, ComputesFreeWhenOnlyTheOthersAreTold) {
    const dialect::Zone zone = *dialect::Zone::locate("Europe/Belgrade");
    const auto row = stock_row(R"({"id":1,"code":"A","on_hand":5,"reserved":"2.5"})", {}, zone);
    ASSERT_TRUE(row) << row.error().message;
    EXPECT_EQ(dec("2.5"), row->free);
    EXPECT_FALSE(stock_row(R"({"id":1,"code":"A"})", {}, zone));
    EXPECT_FALSE(stock_row(R"({"id":1,"code":"A","free":1,"modified":"yesterday"})", {}, zone));
    EXPECT_FALSE(stock_row("[]", {}, zone));
}

TEST(Source, TellsTheCodeOfARowThatCannotBeReadAsAWhole) {
    EXPECT_EQ("A-1", code_of(R"({"id":1,"code":" A-1 ","free":"many"})"));
    EXPECT_EQ("", code_of(R"({"id":1,"code":["A"]})"));
    EXPECT_EQ("", code_of("[]"));
    EXPECT_EQ("", code_of("{"));
    EXPECT_EQ("", code_of(rejected("no record")));
}

TEST(Source, KnowsNoOtherStream) {
    Rig rig;
    EXPECT_FALSE(rig.source->read("orders", {}, {}));
}

}  // namespace
}  // namespace shopwire::sors
