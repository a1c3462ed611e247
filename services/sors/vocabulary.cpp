// What a dialect of SORS may name, and what is missing without it.  `required` is what the translators refuse to do
// without; a test compares them.
#include "services/sors/config.h"

namespace shopwire::sors {
namespace {

using Words = dialect::OperationWords;
using Names = std::vector<std::string>;

const Names kOfCustomer{"code",        "kind",     "pib",     "email", "phone",       "active", "payment_days",
                        "external_id", "modified", "address", "city",  "postal_code", "country"};
const Names kOfDocument{"number", "external_number", "status", "currency", "customer_id|customer_code|customer_pib"};

Names with(Names list, const Names& more) {
    list.insert(list.end(), more.begin(), more.end());
    return list;
}

std::map<std::string, Words, std::less<>> goods() {
    return {
        {"list_databases",
         {.kind = Words::Kind::kList,
          .required = {"name"},
          .optional = {"closed"},
          .lost = "the probe reads business units instead"}},
        {"list_business_units",
         {.kind = Words::Kind::kList,
          .required = {"id"},
          .optional = {"name"},
          .lost = "the probe does not check `unit`, and lists none"}},
        {"list_products",
         {.kind = Words::Kind::kList,
          .path = {"code"},
          .required = {"id", "code", "name", "groups[].id"},
          .optional = {"kind", "unit", "gtin", "description", "active", "vat_rate", "vat_label", "groups[].name",
                       "modified"},
          .lost = "no articles; lines with an unknown SKU are refused by SORS itself, whatever `unknown_sku` says"}},
        {"list_product_groups",
         {.kind = Words::Kind::kList,
          .required = {"id"},
          .optional = {"parent", "name"},
          .lost = "groups have names and no parents"}},
        {"list_product_images",
         {.kind = Words::Kind::kList,
          .path = {"product_id"},
          .input = R"({"product_id":"1204"})",
          .required = {"id", "url|base64"},
          .optional = {"url", "base64", "content_type", "position"},
          .lost = "articles have no pictures"}},
        {"list_stock",
         {.kind = Words::Kind::kList,
          .required = {"id", "code", "free|on_hand|quantity"},
          .optional = {"free", "on_hand", "quantity", "reserved", "price_gross", "price_net", "price", "modified"},
          .lost = "no stock and prices; the stream says so"}},
    };
}

std::map<std::string, Words, std::less<>> customers() {
    return {
        {"find_customers",
         {.kind = Words::Kind::kList,
          .path = {"pib", "email", "phone", "code"},
          .input = R"({"email":"petar@example.com"})",
          .required = {"id"},
          .optional = with({"name"}, kOfCustomer),
          .lost =
              "every order goes to `generic_customer_code`, or is refused; where documents name a customer by id it is "
              "refused"}},
        {"list_customers",
         {.kind = Words::Kind::kList,
          .required = {"id", "name"},
          .optional = kOfCustomer,
          .lost = "no customers and no balances; the streams say so"}},
        {"get_customer_debt",
         {.path = {"customer_id", "customer_code"},
          .input = R"({"customer_id":"881","customer_code":"K-0881"})",
          .required = {"total"},
          .optional = {"currency", "overdue", "limit"},
          .lost = "no balances; `credit_check` follows `credit_unavailable`"}},
        {"create_customer",
         {.kind = Words::Kind::kWrite,
          .input = R"({"kind":3,"name":"Petar Petrović","address":"Ulica 5","city":"Niš","postal_code":"18000",)"
                   R"("country":"RS","email":"petar@example.com","phone":"+381641112223",)"
                   R"("external_id":"shop:customer:77"})",
          .required = {"id"},
          .optional = with({"name"}, kOfCustomer),
          .lost = "an order of an unknown customer parks"}},
    };
}

std::map<std::string, Words, std::less<>> documents() {
    constexpr const char* kOne = R"({"document_type":"reservation","id":"55120"})";
    return {
        {"create_document",
         {.kind = Words::Kind::kWrite,
          .path = {"document_type"},
          .input =
              R"({"document_type":"reservation","external_number":"WC-10231","date":"2026-11-21","currency":"RSD",)"
              R"("note":"Pozvati pre isporuke","customer_id":"881","customer_code":"K-0881",)"
              R"("customer_pib":"123456788","lines":[{"sku":"A-100045","quantity":"3","unit_price":"1299.00",)"
              R"("discount_percent":"10.1873","vat_rate":"20"}]})",
          .required = {"id", "total"},
          .optional = kOfDocument,
          .lost = "nothing is written"}},
        {"find_document",
         {.kind = Words::Kind::kList,
          .path = {"document_type", "external_number"},
          .input = R"({"document_type":"reservation","external_number":"WC-10231"})",
          .required = {"id", "total"},
          .optional = kOfDocument,
          .lost =
              "a document whose outcome is unknown parks; edits, refunds of reservations, and cancellations without "
              "an id are refused"}},
        {"list_documents",
         {.kind = Words::Kind::kList,
          .path = {"document_type", "customer_id", "customer_code"},
          .input = R"({"document_type":"reservation","customer_id":"881","customer_code":"K-0881"})",
          .required = {"id", "total"},
          .optional = kOfDocument,
          .lost = "reservations do not count for the credit"}},
        {"get_document",
         {.path = {"document_type", "id"},
          .input = kOne,
          .required = {"id", "total", "lines[].sku", "lines[].quantity"},
          .optional = with(kOfDocument,
                           {"lines[].unit_price", "lines[].discount_percent", "lines[].vat_rate", "lines[].returned"}),
          .lost = "a document that is found is compared by its total alone; edits, refunds, and cancellations of "
                  "delivered goods are refused"}},
        {"cancel_document",
         {.kind = Words::Kind::kWrite,
          .path = {"document_type", "id"},
          .input = kOne,
          .required = {"id", "total"},
          .optional = kOfDocument,
          .lost = "cancellations and edits of reservations are refused with a hint to do it by hand"}},
    };
}

}  // namespace

const dialect::Vocabulary& vocabulary() {
    static const dialect::Vocabulary words = [] {
        dialect::Vocabulary made{.settings = {"database", "unit", "price_type", "stock_mode"}, .secrets = {"api_key"}};
        for (auto part : {goods(), customers(), documents()}) made.operations.merge(part);
        return made;
    }();
    return words;
}

}  // namespace shopwire::sors
