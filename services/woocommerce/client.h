// The endpoints of the shop's REST API (wc/v3) that we use: URLs, paging parameters, errors.  Knows nothing of events.
// Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/transport.h"
#include "common/json/value.h"

namespace shopwire::woocommerce {

// Fields that are asked for.  What is not read is not sent: full products are three times as big, and their related_ids
// are drawn by lot, so that no two reads would be equal.
constexpr std::string_view kOrderFields =
    "id,number,status,currency,prices_include_tax,date_created_gmt,date_modified_gmt,date_paid_gmt,discount_total,"
    "total,total_tax,"
    "customer_id,billing,shipping,payment_method,payment_method_title,transaction_id,created_via,customer_note,meta_"
    "data,line_items,"
    "tax_lines,shipping_lines,fee_lines,coupon_lines,refunds";
constexpr std::string_view kProductFields =
    "id,parent_id,type,status,name,sku,global_unique_id,date_modified_gmt,regular_price,sale_price,date_on_sale_from_"
    "gmt,"
    "date_on_sale_to_gmt,manage_stock,stock_quantity,categories,images,image,attributes,virtual,weight,dimensions";
constexpr std::string_view kLineFields = "id,virtual,weight,dimensions";
constexpr std::string_view kArticleFields =
    "id,parent_id,type,status,name,sku,global_unique_id,weight,dimensions,categories,images,image,attributes,meta_data";
constexpr std::string_view kCustomerFields =
    "id,role,email,first_name,last_name,date_modified_gmt,billing,shipping,meta_data";
constexpr std::string_view kShownFields =
    "id,parent_id,type,sku,regular_price,sale_price,date_on_sale_from_gmt,date_on_sale_to_gmt,manage_stock,stock_"
    "quantity";
constexpr std::string_view kMetaField = ",meta_data";  // after the others
constexpr std::string_view kWatchFields = "id,status,date_modified_gmt,line_items";

// Which rows of a list, and in which order.
struct ListQuery {
    std::string_view fields{};
    std::string_view orderby = "id";
    bool ascending = true;
    int per_page = 100;
    std::int64_t offset = 0;
    std::optional<std::int64_t> modified_after_s{};   // exclusive
    std::optional<std::int64_t> modified_before_s{};  // exclusive
    std::optional<std::int64_t> created_after_s{};    // exclusive
};

enum class List : std::uint8_t { kOrders, kProducts, kCustomers };

struct ListRows {
    json::Document rows;
    std::optional<std::int64_t> total{};  // of the query, whatever its offset, where the shop tells
};

// What a request is about to the rest of the chain.
struct ClientTimeouts {
    std::chrono::milliseconds read{60'000};
    std::chrono::milliseconds write{150'000};
};

// A refusal with its status and the shop's own code, where those decide what is done next.
struct Refusal {
    Error error{};
    int status = 0;  // of HTTP; 0: there was no answer, or none that could be read
    std::string code{};
    std::string resource_id{};  // what stands in the way, where the shop names it
};
using Coded = std::expected<json::Document, Refusal>;

// The shop's own word that something is not there.  Any other refusal (a redirect to a login, a filter of the host, a
// right that is missing) says nothing of it, and would make something deleted of what is there.
bool is_gone(const Refusal& refusal);

class Client {
 public:
    // `transport` signs, limits and retries; it outlives the client.
    Client(std::string base_url, http::Transport& transport, ClientTimeouts timeouts);

    Result<ListRows> list(List list, const ListQuery& query, std::stop_token stop);
    Coded get_coded(List list, std::string_view id, std::string_view fields, std::stop_token stop);
    Result<json::Document> get(List list, std::string_view id, std::string_view fields, std::stop_token stop);
    // Variations too, in the shape of products (contract woocommerce 6).  REQUIRES: no SKU holds a comma.
    struct SkuQuery {
        std::string_view fields{};
        std::string_view status = "any";  // "any" does not show the trash, "trash" shows it alone
        int page = 1;
    };
    Result<json::Document> products_by_sku(std::span<const std::string> skus, const SkuQuery& query,
                                           std::stop_token stop);
    // No variations.  At most a hundred.
    Result<json::Document> products_by_id(std::span<const std::string> ids, std::string_view fields,
                                          std::stop_token stop);
    Coded variations(std::string_view product_id, std::string_view fields, int page, std::stop_token stop);
    Coded refunds(std::string_view order_id, std::stop_token stop);

    // Items in, items out, in the same order; HTTP 200 even when items failed.
    Result<json::Document> update_products(std::string body, std::stop_token stop);
    Result<json::Document> update_variations(std::string_view product_id, std::string body, std::stop_token stop);
    Result<json::Document> update_order(std::string_view id, std::string body, std::stop_token stop);

    // The answer is an array of none or one; users of every role (contract woocommerce 8).
    Result<json::Document> customers_by_email(const std::string& email, std::stop_token stop);
    Coded create_customer(std::string body, std::stop_token stop);
    Result<json::Document> update_customer(std::string_view id, std::string body, std::stop_token stop);

    Result<json::Document> categories(int page, std::stop_token stop);
    Coded create_category(std::string body, std::stop_token stop);
    Result<json::Document> attributes(std::stop_token stop);  // all of them: this list has no pages

    Result<json::Document> notes(std::string_view order_id, std::stop_token stop);
    Result<json::Document> add_note(std::string_view order_id, std::string body, std::stop_token stop);

    Result<json::Document> webhooks(int page, std::stop_token stop);
    Result<json::Document> create_webhook(std::string body, std::stop_token stop);
    Result<json::Document> update_webhook(std::string_view id, std::string body, std::stop_token stop);
    Coded delete_webhook(std::string_view id, std::stop_token stop);

    // Any read by its path below the API, with the shop's code where it refuses.
    using Query = std::vector<std::pair<std::string, std::string>>;
    Coded look(const std::string& path, Query query, std::stop_token stop);

    Result<std::string> currency(std::stop_token stop);
    // One of the shop's settings by group and name, "tax/woocommerce_prices_include_tax".
    Result<std::string> setting(const std::string& name, std::stop_token stop);
    // Changes nothing, but is refused when the key may only read.
    Status check_write_permission(std::stop_token stop);

 private:
    http::Request request(std::string_view method, const std::string& path, std::string_view operation) const;
    Result<json::Document> rows(const http::Request& request, std::stop_token stop);
    http::Request write_request(std::string_view method, const std::string& path, std::string_view operation,
                                std::string body) const;
    Result<json::Document> write(std::string_view method, const std::string& path, std::string_view operation,
                                 std::string body, std::stop_token stop);
    Result<json::Document> send(const http::Request& request, std::stop_token stop);
    // `headers`: takes those of the answer.
    Coded send_coded(const http::Request& request, std::stop_token stop, http::Headers* headers = nullptr);
    Coded rows_coded(const http::Request& request, std::stop_token stop);
    Result<std::string> text_of(const http::Request& request, std::string_view member, std::stop_token stop);

    std::string api_;  // ".../wp-json/wc/v3/"
    http::Transport& transport_;
    ClientTimeouts timeouts_;
};

// What an answer means.  The message holds the operation, the status and the shop's error code; never its text, which
// is localized and may quote what we sent.
Status classify_answer(const http::Request& request, const http::Response& response);
// The same for the error of one item of a batch, which lies inside an answer with status 200.
Error item_error(json::Value error);
std::string item_code(json::Value error);

// "2026-11-21T20:17:29".  The filters take it as UTC only beside dates_are_gmt=true; with a "Z" they would shift it by
// the shop's offset and lose changes (contract woocommerce 5).
std::string naive_utc(std::int64_t unix_s);

}  // namespace shopwire::woocommerce
