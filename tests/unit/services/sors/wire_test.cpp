// Goal: each operation's request in both dialects, as the sandbox's wire document has it.  The same calls, other bytes.
#include <fstream>

#include "tests/unit/services/sors/rig.h"

namespace shopwire::sors {
namespace {

struct Golden {
    const char* name;
    std::function<void(const Client&)> call;
    const char *en, *sr;  // method, path, query
    const char *en_body = "", *sr_body = "";
};
void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.name; }

class WireRequest : public ::testing::TestWithParam<Golden> {};

TEST_P(WireRequest, IsAsTheWireDocumentHasIt) {
    for (const std::string dialect : {"sors-en", "sors-sr"}) {
        Rig rig(dialect);
        rig.transport.otherwise([&](const http::Request&, std::stop_token) {
            return http::Response{.status = 200, .body = wire(dialect).no_rows};
        });
        GetParam().call(*rig.room->client);
        ASSERT_FALSE(rig.asked().empty()) << dialect;
        EXPECT_EQ(dialect == "sors-en" ? GetParam().en : GetParam().sr, rig.asked().front());
        EXPECT_EQ(dialect == "sors-en" ? GetParam().en_body : GetParam().sr_body, rig.transport.last().body);
        EXPECT_EQ("ApiKey k3y", *http::find_header(rig.transport.last().headers, "Authorization"));
    }
}

NewDocument document() {
    return {.type = "reservation",
            .external_number = "WC-10231",
            .date = "2026-11-21",
            .currency = "RSD",
            .note = "Pozvati pre isporuke",
            .lines = {{.sku = "A-100045",
                       .quantity = dec("3"),
                       .unit_price = dec("1299"),
                       .discount_percent = dec("10.1873"),
                       .vat_rate = dec("20")}},
            .customer = {.id = "881", .code = "K-0881", .pib = "123456788"}};
}

NewDocument return_document() {
    NewDocument out = document();
    out.type = "return";
    out.external_number = "WC-10231-R1";
    out.note = "Refund 77";
    out.lines.front() = {.sku = "A-100045",
                         .quantity = dec("1"),
                         .unit_price = dec("1166.67"),
                         .base_type = "invoice-delivery-note",
                         .base_id = "55140"};
    return out;
}

const CustomerCard kCard{.id = "881", .code = "K-0881"};

const NewCustomer kCustomer{.kind = 3,
                            .name = "Petar Petrović",
                            .address = "Ulica 5",
                            .city = "Niš",
                            .postal_code = "18000",
                            .country = "RS",
                            .email = "petar@example.com",
                            .phone = "+381641112223",
                            .external_id = "shop:customer:77"};

INSTANTIATE_TEST_SUITE_P(
    Sors, WireRequest,
    ::testing::Values(
        Golden{"ListDatabases", [](const Client& client) { (void)client.databases({}); }, "GET /api/databases",
               "GET /baze"},
        Golden{"ListUnits", [](const Client& client) { (void)client.units("Shop2026", {}); },
               "GET /api/business-units?database=Shop2026", "GET /Shop2026/poslovne-jedinice"},
        Golden{"ListStock", [](const Client& client) { (void)client.stock("Shop2026", "1", "", {}); },
               "GET /api/stock?database=Shop2026&businessUnitId=1&priceType=gross&stockMode=free&page=1&pageSize=500",
               "GET /Shop2026/lager?pj=1&cena=mp&prikaz=slobodno&od=0&do=500"},
        Golden{"ListProducts", [](const Client& client) { (void)client.products("Shop2026", "", {}); },
               "GET /api/products?database=Shop2026&businessUnitId=1&priceType=gross&page=1&pageSize=200",
               "GET /Shop2026/artikli?pj=1&od=0&do=200"},
        Golden{"FindProduct", [](const Client& client) { (void)client.has_product("Shop2026", "A-100045", {}); },
               "GET /api/products?database=Shop2026&businessUnitId=1&priceType=gross&code=A-100045&page=1&pageSize=200",
               "GET /Shop2026/artikli?pj=1&sifra=A-100045&od=0&do=200"},
        Golden{"FindCustomer",
               [](const Client& client) { (void)client.customers("Shop2026", "phone", "+381641112223", {}); },
               "GET /api/customers?database=Shop2026&phone=%2B381641112223&page=1&pageSize=50",
               "GET /Shop2026/partneri?telefon=%2B381641112223&od=0&do=50"},
        Golden{
            "CreateCustomer", [](const Client& client) { (void)client.create_customer("Shop2026", kCustomer, {}); },
            "POST /api/customers?database=Shop2026", "POST /Shop2026/partneri",
            R"({"type":3,"name":"Petar Petrović","pib":null,"address":"Ulica 5","city":"Niš","postalCode":"18000","country":"RS","email":"petar@example.com","phone":"+381641112223","externalId":"shop:customer:77"})",
            R"({"vrsta":3,"naziv":"Petar Petrović","pib":"","adresa":"Ulica 5","mesto":"Niš","ptt":"18000","drzava":"RS","email":"petar@example.com","telefon":"+381641112223","spoljniId":"shop:customer:77"})"},
        Golden{
            "CreateDocument", [](const Client& client) { (void)client.create_document("Shop2026", document(), {}); },
            "POST /api/documents/reservation?database=Shop2026", "POST /Shop2026/dokumenti",
            R"({"businessUnitId":1,"externalNumber":"WC-10231","date":"2026-11-21","customerId":881,"currency":"RSD","pricesIncludeVat":true,"note":"Pozvati pre isporuke","items":[{"code":"A-100045","quantity":3,"unitPrice":1299.00,"discountPercent":10.1873,"vatRate":20}]})",
            R"({"vrsta":3,"pj":1,"brojNarudzbine":"WC-10231","datum":"21.11.2026","kupac":{"sifra":"K-0881","pib":"123456788"},"cenaSaPdv":"D","oznakaValute":"RSD","napomena":"Pozvati pre isporuke","stavke":[{"rb":1,"sifra":"A-100045","kolicina":"3","cena":"1299,00","rabat":"10,1873","pdv":"20"}]})"},
        Golden{
            "CreateReturn",
            [](const Client& client) { (void)client.create_document("Shop2026", return_document(), {}); },
            "POST /api/documents/return?database=Shop2026", "POST /Shop2026/dokumenti",
            R"({"businessUnitId":1,"externalNumber":"WC-10231-R1","date":"2026-11-21","customerId":881,"currency":"RSD","pricesIncludeVat":true,"note":"Refund 77","items":[{"code":"A-100045","quantity":1,"unitPrice":1166.67,"discountPercent":0,"baseDocumentType":"invoice-delivery-note","baseDocumentId":55140}]})",
            R"({"vrsta":4,"pj":1,"brojNarudzbine":"WC-10231-R1","datum":"21.11.2026","kupac":{"sifra":"K-0881","pib":"123456788"},"cenaSaPdv":"D","oznakaValute":"RSD","napomena":"Refund 77","stavke":[{"rb":1,"sifra":"A-100045","kolicina":"1","cena":"1166,67","rabat":"0","osnov":{"vrsta":2,"idDokumenta":"55140"}}]})"},
        Golden{"ListGroups", [](const Client& client) { (void)client.groups("Shop2026", {}); },
               "GET /api/product-groups?database=Shop2026", "GET /Shop2026/grupe"},
        Golden{"ListPictures", [](const Client& client) { (void)client.pictures("Shop2026", "1204", {}); },
               "GET /api/products/1204/images?database=Shop2026", "GET /Shop2026/artikli/1204/slike"},
        Golden{"ListCustomers", [](const Client& client) { (void)client.customer_page("Shop2026", "", {}); },
               "GET /api/customers?database=Shop2026&page=1&pageSize=200", "GET /Shop2026/partneri?od=0&do=200"},
        Golden{"GetDebt", [](const Client& client) { (void)client.debt("Shop2026", kCard, {}); },
               "GET /api/customers/881/debt?database=Shop2026", "GET /Shop2026/partneri/K-0881/dugovanje"},
        Golden{"ListDocuments",
               [](const Client& client) { (void)client.documents_of("Shop2026", "reservation", kCard, {}); },
               "GET /api/documents/reservation?database=Shop2026&customerId=881&page=1&pageSize=200",
               "GET /Shop2026/dokumenti?vrsta=3&kupac=K-0881&od=0&do=200"},
        Golden{"FindDocument",
               [](const Client& client) { (void)client.find_documents("Shop2026", "reservation", "WC-10231", {}); },
               "GET /api/documents/reservation?database=Shop2026&externalNumber=WC-10231&page=1&pageSize=50",
               "GET /Shop2026/dokumenti?vrsta=3&brojNarudzbine=WC-10231&od=0&do=50"},
        Golden{"GetDocument",
               [](const Client& client) { (void)client.document("Shop2026", "reservation", "55120", {}); },
               "GET /api/documents/reservation/55120?database=Shop2026", "GET /Shop2026/dokumenti/55120"},
        Golden{"CancelDocument",
               [](const Client& client) { (void)client.cancel_document("Shop2026", "reservation", "55120", {}); },
               "DELETE /api/documents/reservation/55120?database=Shop2026", "POST /Shop2026/dokumenti/55120/storno"}),
    [](const auto& test) { return test.param.name; });

class WireAnswer : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Sors, WireAnswer, ::testing::Values("sors-en", "sors-sr"),
                         [](const auto& test) { return std::string(test.param) == "sors-en" ? "English" : "Serbian"; });

TEST_P(WireAnswer, BecomesTheSameDocumentAndCustomer) {
    Rig rig(GetParam());
    const Wire answers = wire(GetParam());
    rig.transport.reply(200, answers.document_whole);
    const auto stored = rig.room->client->document("Shop2026", "reservation", "55120", {});
    ASSERT_TRUE(stored) << stored.error().error.message;
    EXPECT_EQ("55120", stored->id);
    EXPECT_EQ("1/2026", stored->number);
    EXPECT_EQ("open", stored->status);
    EXPECT_EQ(dec("3500"), stored->total);
    ASSERT_EQ(1U, stored->lines.size());
    EXPECT_EQ(dec("10.1873"), stored->lines[0].discount_percent);
    rig.transport.reply(200, answers.customer);
    const auto cards = rig.room->client->customers("Shop2026", "email", "petar@example.com", {});
    ASSERT_TRUE(cards) << cards.error().error.message;
    EXPECT_EQ("990", cards->at(0).id);
    EXPECT_EQ(3, cards->at(0).kind);
    EXPECT_EQ("", cards->at(0).pib);
}

TEST_P(WireAnswer, OfAnotherCustomerIsNotCounted) {
    Rig rig(GetParam());
    rig.transport.reply(200, wire(GetParam()).document_row);
    const auto found = rig.room->client->documents_of("Shop2026", "reservation", {.id = "881", .code = "K-0881"}, {});
    ASSERT_TRUE(found) << found.error().error.message;
    EXPECT_TRUE(found->empty());
}

TEST_P(WireAnswer, IsNeverTakenForOursWhenTheFilterWasIgnored) {
    Rig rig(GetParam());
    rig.transport.reply(200, wire(GetParam()).document_row);
    const auto found = rig.room->client->find_documents("Shop2026", "reservation", "WC-1", {});
    ASSERT_TRUE(found) << found.error().error.message;
    EXPECT_TRUE(found->empty());
}

}  // namespace
}  // namespace shopwire::sors
