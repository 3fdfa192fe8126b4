#include "host/client/words.h"

#include <stdio.h>
#include <string.h>

#include "model/model.h"

struct word {
    uint16_t code;
    const char *word;
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *find(const struct word *words, size_t count, uint16_t code, const char *otherwise)
{
    for (size_t i = 0; i < count; i++) {
        if (words[i].code == code) {
            return words[i].word;
        }
    }
    return otherwise;
}

static const struct word results[] = {
    { 0, "success" },
    { 1, "hardware fault (1)" },
    { 2, "temporary failure (2), try again later" },
    { 3, "this client may not do it (read-write denied, 3)" },
    { 4, "it has no such object (object undefined, 4)" },
    { 9, "the object is of another class (class inconsistent, 9)" },
    { 11, "the object is not available (11)" },
    { 12, "the type of the value does not match (12)" },
    { 13, "the selection goes beyond what is allowed (scope of access violated, 13)" },
    { 14, "a data block is unavailable (14)" },
    { 250, "other reason (250); for a write: the value is out of its range" },
};
static const struct word access_results[] = {
    { 15, "long GET aborted (15)" },
    { 16, "no long GET in progress (16)" },
    { 17, "long SET aborted (17)" },
    { 18, "no long SET in progress (18)" },
    { 19, "wrong number of a data block (19)" },
};
static const struct word action_results[] = {
    { 15, "long action aborted (15)" },
    { 16, "no long action in progress (16)" },
};

const char *words_access_result(uint8_t code)
{
    const char *word = find(access_results, COUNT(access_results), code, NULL);
    return word != NULL ? word : find(results, COUNT(results), code, "for a reason that the standard does not know");
}

const char *words_action_result(uint8_t code)
{
    const char *word = find(action_results, COUNT(action_results), code, NULL);
    return word != NULL ? word : find(results, COUNT(results), code, "for a reason that the standard does not know");
}

const char *words_exception(uint8_t state, uint8_t service)
{
    static const struct word words[] = {
        { 1, "operation not possible" }, { 2, "it does not have this service for this client (service not supported)" },
        { 3, "other reason" },           { 4, "the PDU is too long" },
        { 5, "deciphering error" },      { 6, "invocation counter error" },
    };
    if (state == 2) {
        return "the service is unknown to it";
    }
    return find(words, COUNT(words), service, "the service is not allowed");
}

const char *words_diagnostic(uint8_t source, uint8_t code)
{
    static const struct word user[] = {
        { 0, "no reason given" },
        { 1, "no reason given" },
        { 2, "it does not support logical names without ciphering for this client; look at --client" },
        { 11, "it does not know the authentication mechanism" },
        { 12, "it wants an authentication mechanism; give a --password" },
        { 13, "authentication failure: the password is wrong, or the client is locked out for a while" },
        { 14, "it wants an authentication; give a --password" },
    };
    static const struct word provider[] = {
        { 1, "no reason given" },
        { 2, "no common version of ACSE" },
    };
    const char *unknown = "for a reason that the standard does not know";
    return source == 0xA2 ? find(provider, COUNT(provider), code, unknown) : find(user, COUNT(user), code, unknown);
}

const char *words_initiate_error(uint8_t code)
{
    static const struct word words[] = {
        { 1, "it speaks another version of DLMS" },
        { 2, "it has none of the services that were proposed" },
        { 3, "the PDU size is too short for it" },
        { 4, "the VDE handler refuses" },
    };
    return find(words, COUNT(words), code, "other reason");
}

const char *words_unit(uint8_t unit)
{
    static const struct word words[] = {
        { 1, "a" },     { 2, "mo" },    { 3, "wk" },        { 4, "d" },         { 5, "h" },      { 6, "min" },
        { 7, "s" },     { 8, "deg" },   { 9, "degC" },      { 10, "currency" }, { 11, "m" },     { 12, "m/s" },
        { 13, "m3" },   { 14, "m3" },   { 15, "m3/h" },     { 16, "m3/h" },     { 17, "m3/d" },  { 18, "m3/d" },
        { 19, "l" },    { 20, "kg" },   { 21, "N" },        { 22, "Nm" },       { 23, "Pa" },    { 24, "bar" },
        { 25, "J" },    { 26, "J/h" },  { 27, "W" },        { 28, "VA" },       { 29, "var" },   { 30, "Wh" },
        { 31, "VAh" },  { 32, "varh" }, { 33, "A" },        { 34, "C" },        { 35, "V" },     { 36, "V/m" },
        { 37, "F" },    { 38, "Ohm" },  { 39, "Ohm m2/m" }, { 40, "Wb" },       { 41, "T" },     { 42, "A/m" },
        { 43, "H" },    { 44, "Hz" },   { 45, "1/Wh" },     { 46, "1/varh" },   { 47, "1/VAh" }, { 48, "V2h" },
        { 49, "A2h" },  { 50, "kg/s" }, { 51, "S" },        { 52, "K" },        { 53, "1/V2h" }, { 54, "1/A2h" },
        { 55, "1/m3" }, { 56, "%" },    { 57, "Ah" },       { 60, "Wh/m3" },    { 61, "J/m3" },  { 62, "mol%" },
        { 63, "g/m3" }, { 64, "Pa s" }, { 65, "J/kg" },     { 70, "dBm" },      { 71, "dBuV" },  { 72, "dB" },
    };
    return find(words, COUNT(words), unit, "");
}

const char *words_class(uint16_t ic)
{
    static const struct word words[] = {
        { 1, "Data" },
        { 3, "Register" },
        { 4, "Extended register" },
        { 5, "Demand register" },
        { 6, "Register activation" },
        { 7, "Profile generic" },
        { 8, "Clock" },
        { 9, "Script table" },
        { 10, "Schedule" },
        { 11, "Special days table" },
        { 15, "Association LN" },
        { 17, "SAP assignment" },
        { 18, "Image transfer" },
        { 19, "IEC local port setup" },
        { 20, "Activity calendar" },
        { 21, "Register monitor" },
        { 22, "Single action schedule" },
        { 23, "IEC HDLC setup" },
        { 40, "Push setup" },
        { 41, "TCP-UDP setup" },
        { 42, "IPv4 setup" },
        { 64, "Security setup" },
        { 70, "Disconnect control" },
        { 71, "Limiter" },
        { 72, "M-Bus client" },
    };
    return find(words, COUNT(words), ic, "");
}

/* Electricity objects by the groups C (what) and D (how). */
static const char *electricity(const uint8_t obis[6], char *text, size_t size)
{
    static const struct word what[] = {
        { 1, "Active import" },     { 2, "Active export" },     { 3, "Reactive import" },   { 4, "Reactive export" },
        { 5, "Reactive QI" },       { 6, "Reactive QII" },      { 7, "Reactive QIII" },     { 8, "Reactive QIV" },
        { 9, "Apparent import" },   { 10, "Apparent export" },  { 11, "Current" },          { 12, "Voltage" },
        { 13, "Power factor" },     { 14, "Frequency" },        { 15, "Active absolute" },  { 16, "Active net" },
        { 21, "Active import L1" }, { 22, "Active export L1" }, { 31, "Current L1" },       { 32, "Voltage L1" },
        { 33, "Power factor L1" },  { 41, "Active import L2" }, { 42, "Active export L2" }, { 51, "Current L2" },
        { 52, "Voltage L2" },       { 53, "Power factor L2" },  { 61, "Active import L3" }, { 62, "Active export L3" },
        { 71, "Current L3" },       { 72, "Voltage L3" },       { 73, "Power factor L3" },  { 91, "Neutral current" },
    };
    static const struct word how[] = {
        { 2, "cumulative maximum" },   { 4, "current average" },
        { 5, "last average" },         { 6, "maximum" },
        { 7, "instantaneous" },        { 8, "energy" },
        { 9, "energy of the period" }, { 29, "energy of the interval" },
    };
    const char *first = find(what, COUNT(what), obis[2], NULL);
    const char *second = find(how, COUNT(how), obis[3], NULL);
    text[0] = '\0';
    if (first != NULL && second != NULL) {
        int used = snprintf(text, size, "%s, %s", first, second);
        if (obis[3] != 7 && obis[4] != 0 && used > 0 && (size_t)used < size) {
            snprintf(text + used, size - (size_t)used, ", tariff %u", obis[4]);
        }
    }
    return text;
}

const char *words_object(const uint8_t obis[6], char *text, size_t size)
{
    /* The meter's own table has standard names, so it serves for other makers' meters too. */
    const struct cosem_object *own = cosem_find(&model_objects, obis);
    text[0] = '\0';
    if (own != NULL) {
        snprintf(text, size, "%s", own->title);
    } else if (obis[0] == 1) {
        electricity(obis, text, size);
    } else if (obis[0] == 0 && obis[2] == 98 && obis[3] == 1) {
        snprintf(text, size, "Billing profile");
    } else if (obis[0] == 0 && obis[2] == 99 && obis[3] == 98) {
        snprintf(text, size, "Event log %u", obis[4]);
    } else if (obis[0] == 0 && obis[2] == 44 && obis[3] == 0) {
        snprintf(text, size, "Image transfer");
    }
    if (obis[0] == 1 && own == NULL && obis[2] == 99 && (obis[3] == 1 || obis[3] == 2)) {
        snprintf(text, size, "Load profile %u", obis[3]);
    }
    return text;
}
