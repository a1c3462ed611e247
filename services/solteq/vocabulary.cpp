// What a dialect of Solteq may name, and what is missing without it.  `required` is what the translators refuse to do
// without; a test compares them.
#include "services/solteq/config.h"

namespace shopwire::solteq {
namespace {

using Words = dialect::OperationWords;
using Names = std::vector<std::string>;

const Names kOfCustomer{"kind",
                        "company_name",
                        "tax_code",
                        "first_name",
                        "last_name",
                        "email",
                        "phone",
                        "addresses[].kind",
                        "addresses[].street",
                        "addresses[].postal_code",
                        "addresses[].city",
                        "addresses[].country",
                        "groups",
                        "card",
                        "external_id",
                        "credit_allowed",
                        "modified"};
const Names kNeededOfSale{"id", "total", "rows[].sku", "rows[].quantity", "rows[].unit_price", "rows[].total"};
const Names kOfSale{"number",          "external_id",          "rows[].name",
                    "rows[].discount", "rows[].vat_rate",      "rows[].vat_amount",
                    "payments[].type", "payments[].reference", "payments[].amount"};
constexpr const char* kCustomer =
    R"({"id":"c-17","kind":"private","first_name":"Aino","last_name":"Virtanen","email":"aino@example.com",)"
    R"("phone":"+358401234567","external_id":"shop:77","addresses":[{"kind":"billing","street":"Katu 5",)"
    R"("postal_code":"00100","city":"Helsinki","country":"FI"}]})";

std::map<std::string, Words, std::less<>> goods() {
    return {
        {"list_stores",
         {.kind = Words::Kind::kList,
          .required = {"id"},
          .optional = {"name"},
          .lost = "the probe reads a page of products"}},
        {"list_products",
         {.kind = Words::Kind::kList,
          .required = {"id|sku|code", "attributes[].name"},
          .optional = {"id", "kind", "model_number", "code", "sku", "gtins", "name", "category_ids", "supplier_id",
                       "attributes[].value", "vat_rate", "price", "purchase_price", "discounted_price", "currency",
                       "unit", "active", "modified"},
          .lost = "nothing is read"}},
        {"list_categories",
         {.kind = Words::Kind::kList,
          .required = {"id"},
          .optional = {"parent_id"},
          .lost = "a campaign of a group reaches that group alone"}},
        {"list_discounts",
         {.kind = Words::Kind::kList,
          .required = {"id", "targets[].id"},
          .optional = {"kind", "value_type", "value", "targets[].level", "store_ids", "for_customers", "for_hours",
                       "valid_from", "valid_to", "active"},
          .lost = "prices know only the product's own discount"}},
        {"list_balances",
         {.kind = Words::Kind::kList,
          .required = {"sku", "store_id|stock_id", "free"},
          .optional = {"store_id", "stock_id", "reserved", "modified"},
          .lost = "no stock; the stream says so"}},
    };
}

std::map<std::string, Words, std::less<>> customers_and_sales() {
    return {
        {"list_customers",
         {.kind = Words::Kind::kList,
          .path = {"email", "tax_code", "phone"},
          .required = {"id"},
          .optional = kOfCustomer,
          .lost = "sales name no customer; customers are made, or found only by who they are"}},
        {"get_customer",
         {.path = {"id"},
          .input = R"({"id":"c-17"})",
          .required = {"record"},
          .optional = {"raw"},
          .lost = "sales name no customer; customers are made, or found only by who they are"}},
        {"create_customer",
         {.kind = Words::Kind::kWrite,
          .input = kCustomer,
          .required = {"id"},
          .optional = kOfCustomer,
          .lost = "commands for customers park"}},
        {"update_customer",
         {.kind = Words::Kind::kWrite,
          .path = {"id"},
          .input = kCustomer,
          .required = {"id"},
          .optional = kOfCustomer,
          .lost = "commands for customers park"}},
        {"create_sale",
         {.kind = Words::Kind::kWrite,
          .input =
              R"({"type":"sale","external_id":"shop-10231","number":"10231","channel":"web",)"
              R"("business_date":"2026-11-21",)"
              R"("currency":"EUR","created_at":"2026-11-21T11:00:00+02:00","created_at_ms":1795251600000,)"
              R"("paid_at":"2026-11-21T11:01:00+02:00","paid_at_ms":1795251660000,"rows":[{"number":1,"sku":"A-1",)"
              R"("name":"Cup","quantity":"2","unit_price":"12.40","discount":"0.00","total":"24.80","vat_rate":"25.5",)"
              R"("vat_amount":"5.04"}],"payments":[{"type":"card","reference":"tr_1","amount":"24.80"}],)"
              R"("total":"24.80","total_vat":"5.04"})",
          .required = kNeededOfSale,
          .optional = kOfSale,
          .lost = "nothing is written"}},
        {"find_sale",
         {.kind = Words::Kind::kList,
          .path = {"external_id"},
          .input = R"({"external_id":"shop-10231"})",
          .required = kNeededOfSale,
          .optional = kOfSale,
          .lost = "a sale whose outcome is unknown parks; edits and cancellations are refused"}},
    };
}

}  // namespace

const dialect::Vocabulary& vocabulary() {
    static const dialect::Vocabulary words = [] {
        dialect::Vocabulary made{.settings = {"store", "time_zone"}, .secrets = {"client_id", "client_secret"}};
        for (auto part : {goods(), customers_and_sales()}) made.operations.merge(part);
        return made;
    }();
    return words;
}

}  // namespace shopwire::solteq
