from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("editing", "0002_number_of_a_handover"),)
    operations = (
        migrations.AddField(
            "change", "group", models.CharField(max_length=40, blank=True, db_index=True, default="")
        ),
        migrations.AlterField("change", "group", models.CharField(max_length=40, blank=True, db_index=True)),
    )
