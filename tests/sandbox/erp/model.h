// The things an ERP database holds, and the reasons for which it refuses a request. Plain values without wire names:
// each wire shape has its own words for them.
#pragma once

#include "tests/sandbox/erp/amount.h"
#include "tests/sandbox/erp/calendar.h"

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace sandbox::erp {

enum class ErrorCode {
    kValidation,
    kUnauthorized,
    kDatabaseForbidden,
    kNotFound,
    kDuplicateExternalNumber,
    kDatabaseClosed,
    kProductNotFound,
    kCustomerNotFound,
    kInsufficientStock,
    kBaseDocumentRequired,
    kReturnExceedsIssued,
    kNotCancellable,
    kInternal,  // only by fault
};

enum class Field {
    kNone,
    kBody,
    kDatabase,
    kPath,
    kQuery,
    kType,
    kUnit,
    kExternalNumber,
    kDate,
    kDueDate,
    kCustomer,
    kName,
    kNote,
    kCurrency,
    kPricesIncludeVat,
    kLines,
    kLineCode,
    kLineQuantity,
    kLinePrice,
    kLineDiscount,
    kLineVat,
    kLineBase,
};

struct Failure {
    ErrorCode code = ErrorCode::kValidation;
    Field field = Field::kNone;
    int line = -1;  // from 0, for the fields of a line
    std::string message{};
};

template <typename Value>
using Outcome = std::expected<Value, Failure>;

inline constexpr int kUnitCount = 2;

struct UnitStock {
    Amount on_hand{};
    Amount reserved{};
    Amount price_net{};
    Amount price_gross{};
    Amount price_purchase{};
    Microseconds modified = 0;

    Amount free() const { return on_hand - reserved; }
};

struct Article {
    int id = 0;
    std::string code{};
    std::string name{};
    std::string kind = "Roba";
    int group = 0;   // 0: none
    int group2 = 0;
    std::string unit_of_measure = "kom";
    std::string gtin{};
    Amount vat_rate = Amount::from_whole(20);
    Amount package_quantity = Amount::from_whole(1);
    Amount minimum_quantity = Amount::from_whole(0);
    std::string description{};
    bool active = true;
    int image_version = 1;  // 0: no image
    Microseconds modified = 0;
    std::array<UnitStock, kUnitCount> units{};

    bool is_service() const { return kind == "Usluga"; }
};

struct Group {
    int id = 0;
    int parent = 0;
    int level = 1;
    std::string name{};
};

struct BusinessUnit {
    int id = 0;
    std::string code{};
    std::string name{};
    bool retail = false;
    std::string address{};
    std::string city{};
};

struct Customer {
    int id = 0;
    std::string code{};
    int type = 3;  // 1 domestic company, 2 foreign company, 3 person, 4 sole trader, 5 public-funds user
    std::string name{};
    std::string pib{};
    std::string registration_number{};
    std::string jbkjs{};
    std::string address{};
    std::string city{};
    std::string postal_code{};
    std::string country = "RS";
    std::string email{};
    std::string phone{};
    std::string external_id{};
    Amount default_discount{};
    int payment_term_days = 15;
    bool active = true;
    Microseconds created = 0;
    Microseconds modified = 0;
    Amount debt{};
    Amount overdue_at_start{};  // part of the debt that was due before the database was opened
    std::optional<Date> oldest_due_at_start{};
    std::optional<Amount> credit_limit{};
};

enum class DocumentType { kInvoice, kInvoiceDeliveryNote, kReservation, kReturn, kDeliveryNote };
inline constexpr int kDocumentTypeCount = 5;

enum class DocumentStatus { kOpen, kPosted, kCancelled };

struct BaseReference {
    DocumentType type = DocumentType::kInvoiceDeliveryNote;
    int id = 0;
};

struct Line {
    int article_id = 0;
    std::string code{};
    Amount quantity{};
    Amount unit_price{};
    Amount discount_percent{};
    Amount vat_rate{};
    Amount amount{};
    Amount vat{};
    Amount returned{};
    std::optional<BaseReference> base{};
};

struct Document {
    int id = 0;
    DocumentType type = DocumentType::kReservation;
    int number = 0;
    int unit = 0;
    std::string external_number{};
    Date date{};
    Date due_date{};
    int customer_id = 0;
    std::string currency = "RSD";
    bool prices_include_vat = true;
    std::string note{};
    DocumentStatus status = DocumentStatus::kPosted;
    bool moved_stock = false;  // goods left with it, so it can be the base of a return
    bool made_debt = false;
    Amount total{};
    Amount total_vat{};
    std::vector<Line> lines{};
    Microseconds created = 0;
};

struct LineRequest {
    int article_id = 0;  // 0: by code
    std::string code{};
    Amount quantity{};
    std::optional<Amount> unit_price{};
    Amount discount_percent{};
    std::optional<Amount> vat_rate{};
    std::optional<BaseReference> base{};
};

struct DocumentRequest {
    DocumentType type = DocumentType::kReservation;
    int unit = 0;
    std::string external_number{};
    Date date{};
    std::optional<Date> due_date{};
    int customer_id = 0;
    std::string currency = "RSD";
    bool prices_include_vat = true;
    std::string note{};
    std::vector<LineRequest> lines{};
};

// What the operator of the ERP can set, and what tests switch.
struct Settings {
    bool invoice_moves_stock = false;
    bool delivery_note_moves_stock = true;
    bool allow_negative_stock = true;
    bool duplicate_check = true;
    bool cancelled_frees_number = false;
    bool customer_default_discount = false;
    bool image_url = false;  // images by address instead of base64
    int lookup_lag_ms = 0;
    int mutator_interval_ms = 0;  // 0: Demo2 stays still
};

}  // namespace sandbox::erp
