// What a dialect of Logistos may name, and what is missing without it.
#include "services/logistos/config.h"

namespace shopwire::logistos {
namespace {

using Words = dialect::OperationWords;

// What order.cpp makes of an order.
constexpr const char* kOrder =
    R"({"order_id":"10231","order_number":"WC-10231","status":"processing","currency":"INR",)"
    R"("created_local":"2026-11-21T14:30:00","created_utc":"2026-11-21T09:00:00","created_s":1795251600,)"
    R"("paid_local":"2026-11-21T14:31:00","paid_s":1795251660,"payment_method":"cod",)"
    R"("payment_title":"Cash on delivery",)"
    R"("cod_amount":"499.00","customer_id":"77","note":"","subtotal":"449.00","discount_total":"0.00",)"
    R"("shipping_total":"50.00","total_tax":"0.00","total":"499.00",)"
    R"("billing":{"first_name":"Asha","last_name":"Rao","company":"","line_1":"12 MG Road","line_2":"",)"
    R"("city":"Bengaluru",)"
    R"("state":"KA","state_name":"Karnataka","postal_code":"560001","country":"IN","phone":"9876543210",)"
    R"("email":"asha@example.com"},)"
    R"("shipping":{"first_name":"Asha","last_name":"Rao","company":"","line_1":"12 MG Road","line_2":"",)"
    R"("city":"Bengaluru","state":"KA","state_name":"Karnataka","postal_code":"560001","country":"IN",)"
    R"("phone":"9876543210"},)"
    R"("lines":[{"id":"1","product_id":"55","variation_id":"0","name":"Cup","sku":"A-1","quantity":"1",)"
    R"("subtotal":"449.00","total":"449.00","total_tax":"0.00","weight_kg":"0.5","length_cm":"10","width_cm":"10",)"
    R"("height_cm":"12"}],"fees":[],)"
    R"("shipping_lines":[{"code":"flat_rate","name":"Flat rate","total":"50.00","total_tax":"0.00"}],"taxes":[],)"
    R"("store":{"name":"Cups","address":"1 Main Street","address_2":"","city":"Bengaluru","state":"KA",)"
    R"("state_name":"Karnataka","country":"IN","postcode":"560002","phone":"9876500000"}})";

Words write_of_order(std::vector<std::string> path, std::string lost) {
    return {.kind = Words::Kind::kWrite,
            .path = std::move(path),
            .input = kOrder,
            .required = {"id|awb"},
            .optional = {"id", "awb"},
            .lost = std::move(lost)};
}

}  // namespace

const dialect::Vocabulary& vocabulary() {
    static const dialect::Vocabulary words{
        .settings = {"store_url"},
        .secrets = {"api_token"},
        .operations = {
            {"integrate_store",
             {.kind = Words::Kind::kWrite,
              .input = R"({"store_url":"https://shop.example.com","store_name":"Cups","consumer_key":"ck_1",)"
                       R"("consumer_secret":"cs_1"})",
              .lost = "`integration: off` or `disconnect` only"}},
            {"disconnect_store",
             {.kind = Words::Kind::kWrite,
              .input = R"({"store_url":"https://shop.example.com"})",
              .lost = "the key is revoked in the shop alone"}},
            {"export_order", write_of_order({}, "nothing is written")},
            {"update_order", write_of_order({"order_id"}, "with `resend_on_change: on` such commands park")},
            {"find_order",
             {.path = {"order_id"},
              .input = R"({"order_id":"10231"})",
              .required = {"id|awb"},
              .optional = {"id", "awb"},
              .lost = "where a repeat is not safe, what is in doubt parks; a person looks in the portal"}},
            {"cancel_order",
             {.kind = Words::Kind::kWrite,
              .path = {"order_id", "native_id"},
              .input = R"({"order_id":"10231","native_id":"990"})",
              .lost = "with `resend_on_change: on` such commands park"}},
            {"login",
             {.kind = Words::Kind::kSession,
              .input = R"({"email":"seller@example.com","password":"***"})",
              .required = {"token"},
              .lost = "nothing is tracked"}},
            {"list_shipments",
             {.kind = Words::Kind::kList,
              .input = R"({"token":"***"})",
              .optional = {"awb", "store_url", "order_number"},
              .lost = "parcels are known only by what the answer to their order named"}},
            {"track_shipment",
             {.path = {"awb"},
              .input = R"({"token":"***","awb":"AWB123"})",
              .required = {"status"},
              .optional = {"id", "status_text", "carrier", "changed_at_ms"},
              .lost = "nothing is tracked"}}}};
    return words;
}

}  // namespace shopwire::logistos
