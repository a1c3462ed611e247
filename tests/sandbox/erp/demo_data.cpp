#include "tests/sandbox/erp/demo_data.h"

#include <string>

namespace sandbox::erp {
namespace {

const Microseconds kModified = *parse_iso_local_time("2026-11-20T14:03:11");

Amount amount(const char* text) { return Amount::parse(text).value(); }

UnitStock stock(const char* on_hand, const char* reserved, const char* gross, const char* purchase, Amount vat_rate) {
    return {.on_hand = amount(on_hand),
            .reserved = amount(reserved),
            .price_net = net_of(amount(gross), vat_rate),
            .price_gross = amount(gross),
            .price_purchase = amount(purchase),
            .modified = kModified};
}

void add_articles(Database& database) {
    const Amount general = amount("20");
    const Amount special = amount("10");
    database.add_article(
        {.code = "A-100045",
         .name = "Šolja 300 ml",
         .group = 12,
         .group2 = 13,
         .gtin = "8600123456788",
         .vat_rate = general,
         .package_quantity = amount("6"),
         .minimum_quantity = amount("2"),
         .modified = kModified,
         .units = {stock("24", "3", "1299.00", "700.00", general), stock("5", "0", "1349.00", "700.00", general)}});
    database.add_article(
        {.code = "A-100046",
         .name = "Tanjir 24 cm",
         .group = 12,
         .group2 = 14,
         .gtin = "8600123456795",
         .vat_rate = general,
         .modified = kModified,
         .units = {stock("100", "0", "899.99", "410.50", general), stock("0", "0", "949.00", "410.50", general)}});
    database.add_article(
        {.code = "K-200010",
         .name = "Med od bagrema 450 g",
         .group = 20,
         .gtin = "8600987654326",
         .vat_rate = special,
         .modified = kModified,
         .units = {stock("40", "0", "750.00", "500.00", special), stock("12", "0", "750.00", "500.00", special)}});
    database.add_article({.code = "T-300001",
                          .name = "Platno, metar",
                          .group = 20,
                          .unit_of_measure = "m",
                          .vat_rate = general,
                          .modified = kModified,
                          .units = {stock("123.456", "0", "349.50", "180.25", general),
                                    stock("-2.5", "0", "349.50", "180.25", general)}});
    database.add_article({.code = "U-DOSTAVA",
                          .name = "Dostava",
                          .kind = "Usluga",
                          .vat_rate = general,
                          .image_version = 0,
                          .modified = kModified,
                          .units = {stock("0", "0", "390.00", "0", general), stock("0", "0", "390.00", "0", general)}});
    database.add_article(
        {.code = "A-100099",
         .name = "Bokal, ukinut",
         .group = 12,
         .vat_rate = general,
         .active = false,
         .image_version = 0,
         .modified = kModified,
         .units = {stock("1", "0", "1990.00", "900.00", general), stock("0", "0", "1990.00", "900.00", general)}});
}

void add_customers(Database& database) {
    database.add_customer({.type = 1,
                           .name = "Primer d.o.o.",
                           .pib = "123456788",
                           .registration_number = "12345678",
                           .address = "Bulevar 1",
                           .city = "Novi Sad",
                           .postal_code = "21000",
                           .email = "nabavka@primer.example",
                           .phone = "+38121555000",
                           .modified = kModified,
                           .debt = amount("152340.00"),
                           .overdue_at_start = amount("42340.00"),
                           .oldest_due_at_start = parse_iso_date("2026-10-02")});
    database.add_customer(
        {.type = 3, .name = "Maloprodaja", .city = "Novi Sad", .payment_term_days = 0, .modified = kModified});
    database.add_customer({.type = 1,
                           .name = "Rabat d.o.o.",
                           .pib = "100000008",
                           .registration_number = "20000001",
                           .address = "Trg 7",
                           .city = "Subotica",
                           .postal_code = "24000",
                           .email = "rabat@example.com",
                           .default_discount = amount("5"),
                           .modified = kModified});
}

}  // namespace

void fill_with_demo_data(Database& database) {
    database.set_groups({{.id = 12, .parent = 0, .level = 1, .name = "Keramika"},
                         {.id = 13, .parent = 12, .level = 2, .name = "Šolje"},
                         {.id = 14, .parent = 12, .level = 2, .name = "Tanjiri"},
                         {.id = 20, .parent = 0, .level = 1, .name = "Ostalo"}});
    add_articles(database);
    add_customers(database);
}

int add_generated_articles(Database& database, int count, Microseconds now) {
    constexpr int kPriceSteps = 5000;
    const Amount rate = Amount::from_whole(20);
    int added = 0;
    for (int index = 1; index <= count; ++index) {
        std::string digits = std::to_string(index);
        digits.insert(0, digits.size() < 6 ? 6 - digits.size() : 0, '0');
        const Amount gross = Amount::from_whole(100 + index % kPriceSteps);
        const UnitStock row{.on_hand = Amount::from_whole(1000),
                            .price_net = net_of(gross, rate),
                            .price_gross = gross,
                            .price_purchase = Amount::from_whole(50),
                            .modified = now};
        const Article* article = database.add_article({.code = "L-" + digits,
                                                       .name = "Artikal " + digits,
                                                       .group = 20,
                                                       .vat_rate = rate,
                                                       .modified = now,
                                                       .units = {row, row}});
        if (article != nullptr) ++added;
    }
    return added;
}

}  // namespace sandbox::erp
