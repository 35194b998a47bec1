"""Writes the daily example of the regulation (5.1) as the libraries of Python do: `python3 write.py`, with openpyxl and XlsxWriter."""

import csv
import datetime
import pathlib

import openpyxl
import xlsxwriter

HERE = pathlib.Path(__file__).parent
MOMENT, AMOUNTS, COUNT = 5, (9, 10, 11), 1
AT_FORMAT = "dd.mm.yyyy hh:mm:ss"


def value(column, text):
    if text == "":
        return None
    if column == MOMENT:
        return datetime.datetime.strptime(text, "%d.%m.%Y %H:%M:%S")
    if column in AMOUNTS:
        return float(text.replace("\u00a0", "").replace(" ", "").replace(",", "."))
    return int(text) if column == COUNT else text


def rows():
    with open(HERE / "daily-texts.csv", encoding="utf-8") as file:
        header, *others = csv.reader(file)
    return [header] + [[value(column, text) for column, text in enumerate(row)] for row in others]


def write_openpyxl(name, formulas):
    book = openpyxl.Workbook()
    sheet = book.active
    for number, row in enumerate(rows(), 1):
        sheet.append(row)
        if number > 1:
            sheet.cell(number, MOMENT + 1).number_format = AT_FORMAT
            for column in AMOUNTS:
                sheet.cell(number, column + 1).number_format = "#,##0.00"
    if formulas:
        sheet["J2"], sheet["K2"], sheet["K4"] = "=SUM(J3:J5)", "=SUM(K3:K5)", "=ROUND(J4*0.001,2)"
    book.save(HERE / name)


def write_xlsxwriter(name, options):
    book = xlsxwriter.Workbook(HERE / name, options)
    sheet = book.add_worksheet("Реестр")
    moment = book.add_format({"num_format": AT_FORMAT})
    amount = book.add_format({"num_format": "#,##0.00"})
    sheet.conditional_format("J2:K5", {"type": "cell", "criteria": "<", "value": 0, "format": book.add_format({"num_format": AT_FORMAT})})
    for number, row in enumerate(rows()):
        for column, cell in enumerate(row):
            style = None if number == 0 else moment if column == MOMENT else amount if column in AMOUNTS else None
            sheet.write(number, column, cell, style)
    book.close()


write_openpyxl("openpyxl.xlsx", formulas=False)
write_openpyxl("openpyxl-formulas.xlsx", formulas=True)
write_xlsxwriter("xlsxwriter.xlsx", {})
write_xlsxwriter("xlsxwriter-constant-memory.xlsx", {"constant_memory": True})
